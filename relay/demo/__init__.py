# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demo: a whole strike told in fast motion on the town square, with the real relay, and counted honestly."""
