# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who drains which lane now, and where. An engine is two verbs: ``ring(lane, at)`` and ``run(drain)``."""
