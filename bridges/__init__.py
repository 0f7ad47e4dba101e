# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bridges to the legacy platforms, one file a platform, found by the entry point ``piquet.networks``."""
