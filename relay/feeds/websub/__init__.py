# SPDX-License-Identifier: AGPL-3.0-or-later
"""WebSub: hubs push what we would else have to look for. They make us faster, never slower: looking goes on."""
