# SPDX-License-Identifier: AGPL-3.0-or-later
"""Networks a notice can go to: the port, our two natives, and whatever else is installed as an entry point."""
