# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the relay shows over HTTP on loopback: whether it lives, whether it works, and figures without names."""
