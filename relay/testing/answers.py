# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a fake network makes of a planned fault: the same reading a real adapter must give (``relay.faults``)."""

from datetime import datetime, timedelta

from relay.faults import Held, NetworkFault, Refused, Throttled, Unauthorised, Unreachable, Unsure
from relay.i18n import say
from relay.square.faults import Planned

_LONGEST = 3600.0  # s; whoever asks for more is asked again then


def fault_of(planned: Planned, now: datetime, *, changes: bool) -> NetworkFault:
    """The fault a network raises on this answer; ``changes``: the request would have changed something."""
    status, _, text = planned.answer()
    if planned.drop or planned.delay or status < 400 or status >= 500 or (status == 404 and changes):
        return lost(changes=changes)
    if status == 401:
        return Unauthorised(say("The fake network does not know this token any more. Connect the account again."), text)
    if status in (403, 410):
        return Held(say("The fake network holds this account. Ask its moderators why."), text)
    if status == 429:
        asked = float(planned.headers.get("Retry-After", "60"))
        wait = timedelta(seconds=min(max(asked, 1.0), _LONGEST))
        return Throttled(say("The fake network asks us to wait."), now + wait, text)
    return Refused(say("The fake network refused this post. Change it and try again."), text)


def lost(*, changes: bool) -> NetworkFault:
    """No answer worth the name: after a read nothing has happened, after a change nobody knows."""
    if changes:
        return Unsure(say("The fake network's answer was lost. Piquet looks before it speaks again."))
    return Unreachable(say("The fake network cannot be reached. Piquet tries again."))
