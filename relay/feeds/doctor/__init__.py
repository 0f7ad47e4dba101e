# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small doctor for feeds: what a feed is, what would be noticed in it, what is wrong with it and how to mend it."""
