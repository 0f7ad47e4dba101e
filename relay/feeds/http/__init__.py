# SPDX-License-Identifier: AGPL-3.0-or-later
"""One look at an address over HTTP: conditional, bounded, guarded."""
