# SPDX-License-Identifier: AGPL-3.0-or-later
"""The strikers' second channel: one message when something needs them, and one when it is over."""
