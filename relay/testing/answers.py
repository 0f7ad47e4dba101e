# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a fake network makes of a planned fault: the same reading a real adapter must give (``relay.faults``)."""

from collections.abc import Iterable
from datetime import datetime

from relay.faults import Held, NetworkFault, Refused, Throttled, Unauthorised, Unreachable, Unsure
from relay.i18n import say
from relay.networks.scrub import scrub
from relay.networks.waits import retry_after, until
from relay.square.faults import Planned


def fault_of(planned: Planned, now: datetime, secrets: Iterable[str], *, changes: bool) -> NetworkFault:
    """The fault a network raises on this answer; ``changes``: the request would have changed something."""
    status, _, answer = planned.answer()
    text = scrub(answer, secrets)
    if planned.drop or planned.delay or status < 400 or status >= 500 or (status == 404 and changes):
        return lost(changes=changes)
    if status == 401:
        return Unauthorised(say("The fake network does not know this token any more. Connect the account again."), text)
    if status in (403, 410):
        return Held(say("The fake network holds this account. Ask its moderators why."), text)
    if status == 429:
        asked = retry_after(planned.headers.get("Retry-After", ""), now)
        return Throttled(say("The fake network asks us to wait."), until(now, asked), text)
    return Refused(say("The fake network refused this post. Change it and try again."), text)


def lost(*, changes: bool) -> NetworkFault:
    """No answer worth the name: after a read nothing has happened, after a change nobody knows."""
    if changes:
        return Unsure(say("The fake network’s answer was lost. Piquet looks before it speaks again."))
    return Unreachable(say("The fake network cannot be reached. Piquet tries again."))
