# SPDX-License-Identifier: AGPL-3.0-or-later
"""When are we on strike: windows, renewal, calendar."""
