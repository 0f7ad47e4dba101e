# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which entries of a document are new. Pure."""
