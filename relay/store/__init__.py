# SPDX-License-Identifier: AGPL-3.0-or-later
"""SQLModel tables and the queries on them, one file a noun, the newsroom first; no behaviour.

``due`` alone reads across newsrooms: it tells the engine where there is work.
"""
