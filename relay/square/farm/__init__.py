# SPDX-License-Identifier: AGPL-3.0-or-later
"""The farm: thousands of feeds on loopback that publish, fail in every known way, and keep a score of their reader."""
