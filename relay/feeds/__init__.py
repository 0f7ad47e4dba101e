# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a feed's address to articles: fetch · parse · identity · schedule."""
