# SPDX-License-Identifier: AGPL-3.0-or-later
"""Piquet, a strike relay: every article of a newsroom on strike is answered by one strike notice."""

__version__ = "0.1.0"
