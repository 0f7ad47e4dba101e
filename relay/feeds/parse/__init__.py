# SPDX-License-Identifier: AGPL-3.0-or-later
"""From bytes to a document: a strict pass that reads identity only, feedparser in a box for the rest."""
