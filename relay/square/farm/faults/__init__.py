# SPDX-License-Identifier: AGPL-3.0-or-later
"""The catalogue of what goes wrong with feeds: by name, what it does and what a good reader makes of it."""

from collections.abc import Mapping
from types import MappingProxyType

from relay.square.farm.faults.bodies import BODIES
from relay.square.farm.faults.bombs import BOMBS
from relay.square.farm.faults.conditions import CONDITIONS
from relay.square.farm.faults.fault import Fault
from relay.square.farm.faults.items import ITEMS
from relay.square.farm.faults.lines import LINES
from relay.square.farm.faults.redirects import REDIRECTS
from relay.square.farm.faults.statuses import STATUSES

FAULTS: Mapping[str, Fault] = MappingProxyType(
    {fault.name: fault for fault in STATUSES + LINES + REDIRECTS + BODIES + BOMBS + ITEMS + CONDITIONS}
)
