# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet demo``: a whole strike in fast motion, with the real relay, on loopback."""
