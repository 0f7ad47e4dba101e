# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ledger's reason words as sentences, each with what to do where there is something to do."""

from collections.abc import Mapping

from relay.i18n import Message, say
from relay.terms import DeliveryState, NoticeKind, StrikeState

STRIKE: Mapping[StrikeState, Message] = {
    StrikeState.DRAFT: say("draft: nothing happens before you arm it"),
    StrikeState.ARMED: say("armed: it begins by itself"),
    StrikeState.RUNNING: say("running"),
    StrikeState.ENDED: say("ended"),
    StrikeState.STOPPED: say("stopped"),
}

KIND: Mapping[NoticeKind, Message] = {
    NoticeKind.ARTICLE: say("article"),
    NoticeKind.START: say("start notice"),
    NoticeKind.END: say("end notice"),
}

DELIVERY: Mapping[DeliveryState, Message] = {
    DeliveryState.PENDING: say("waiting"),
    DeliveryState.SENDING: say("being sent"),
    DeliveryState.UNSURE: say("being looked for"),
    DeliveryState.SENT: say("sent"),
    DeliveryState.EXPIRED: say("expired"),
    DeliveryState.WITHDRAWN: say("withdrawn"),
    DeliveryState.REJECTED: say("refused"),
    DeliveryState.NEEDS_HUMAN: say("needs you"),
}

_REASONS: Mapping[str, Message] = {
    "refused": say("the network refused it"),
    "unfit": say("the notice could not be made to fit"),
    "unauthorised": say("the network does not accept the account’s access any more"),
    "held": say("the network limits the account"),
    "throttled": say("the network asked for a pause; it goes on by itself"),
    "unreachable": say("the network does not answer; Piquet tries again by itself"),
    "unsure": say("the answer got lost; Piquet looks whether it is there"),
    "adopted": say("Piquet was interrupted; it looks whether it is there"),
    "late": say("it came too late for its window or its age limit"),
    "stopped": say("the strike was stopped"),
    "over": say("the window was over"),
    "forgotten": say("the account was forgotten"),
    "recalled": say("it was deleted again"),
    "not found": say("it is not there; it is said again"),
    "found": say("it was found on the account"),
    "by hand": say("a person has seen it there"),
    "again": say("a person has it said again"),
    "dropped": say("a person has given it up"),
}

_UNSURE_FOR_GOOD = say("it may be out there or not; look at the account before you post it yourself")
_FOR_A_PERSON: Mapping[str, Message] = {
    "unread": say(
        "it may be out there or not, and Piquet could not read back enough of the account to tell; look at the account "
        "before you post it yourself"
    ),
    "restored": say("it may have been sent before the restore; look at the account before you have it said"),
}

_HOLDS: Mapping[str, Message] = {
    "flood": say("more new articles at once than usual"),
    "reidentified": say("the feed seems to have changed the names of its articles"),
}


def because(reason: str, state: DeliveryState) -> str:
    """Why a notice stands where it stands; an unknown word is shown as it is."""
    if state == DeliveryState.NEEDS_HUMAN:
        return str(_FOR_A_PERSON.get(reason, _UNSURE_FOR_GOOD))
    return str(_REASONS.get(reason, reason))


def advice(reason: str, network: str) -> Message | None:
    """What a person can do about it; None where nothing is left to do, or Piquet does it."""
    match reason:
        case "refused":
            return say("change the notice, or ask the network’s moderators")
        case "unfit":
            return say("shorten the wording")
        case "unauthorised":
            return say("connect the account again: “piquet account connect {network}”", network=network)
        case "held":
            return say("ask the network’s moderators")
        case _:
            return None


def held_because(reason: str) -> str:
    """Why articles wait for a person."""
    return str(_HOLDS.get(reason, reason))
