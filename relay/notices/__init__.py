# SPDX-License-Identifier: AGPL-3.0-or-later
"""article → notice, fitted to each network. Everything here is pure: values in, values out."""
