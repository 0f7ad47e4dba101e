# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a notice to the network: plan the row, claim it, say it once, settle it."""
