# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which strike a command means when no number is given; drafts are in nobody's way, and may be discarded."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from typer.testing import Result

from relay.clock import ManualClock

Piquet = Callable[..., Result]
NINE = datetime(2026, 12, 17, 8, tzinfo=UTC)  # in Paris


def said(done: Result) -> str:
    """The output of a command that went well."""
    assert 0 == done.exit_code, done.output
    return done.stdout


def states(piquet: Piquet) -> list[str]:
    """Of all strikes, oldest first."""
    return [each["state"] for each in json.loads(said(piquet("strike", "list", "--json")))]


def planned(piquet: Piquet, name: str, day: str = "2026-12-17") -> None:
    """One more draft."""
    said(piquet("strike", "plan", "--name", name, "--window", f"{day} 09:00-19:00"))


def test_arming_takes_the_newest_draft(ready: Piquet) -> None:
    """The one just planned; the older ones stay drafts."""
    planned(ready, "Premier jet"), planned(ready, "Deuxième jet")
    assert "Deuxième jet" in said(ready("strike", "arm"))
    assert ["draft", "armed"] == states(ready)


def test_the_strike_that_is_on_comes_before_armed_ones_and_drafts(
    ready: Piquet, work: Callable[[], None], clock: ManualClock
) -> None:
    """Running, else the one that opens next: status, show and stop agree."""
    for name, day in (("Plus tard", "2026-12-20"), ("Demain", "2026-12-17"), ("Après", "2026-12-19")):
        planned(ready, name, day)
        said(ready("strike", "arm"))
    planned(ready, "Brouillon")
    assert "Demain" in said(ready("strike", "show"))
    clock.move_to(NINE)
    work()
    assert "Demain" in said(ready("strike", "show"))
    assert "Demain" in said(ready("strike", "stop"))
    assert "Après" in said(ready("strike", "stop"))
    assert ["armed", "stopped", "stopped", "draft"] == states(ready)


def test_two_that_open_together_are_asked_for(ready: Piquet) -> None:
    """A guess would stop the wrong one."""
    for name in ("Rédaction", "Vidéo"):
        planned(ready, name)
        said(ready("strike", "arm"))
    asked = ready("strike", "stop")
    assert (2, True) == (asked.exit_code, "1 (Rédaction), 2 (Vidéo)" in asked.stderr), asked.output


def test_a_draft_is_discarded_with_all_of_it(ready: Piquet) -> None:
    """The only one without its number; of several none is guessed."""
    planned(ready, "Premier jet"), planned(ready, "Deuxième jet")
    asked = ready("strike", "discard")
    assert (2, True) == (asked.exit_code, "1 (Premier jet), 2 (Deuxième jet)" in asked.stderr), asked.output
    assert "Premier jet" in said(ready("strike", "discard", "1"))
    assert "Deuxième jet" in said(ready("strike", "discard"))
    assert [] == states(ready)


def test_what_was_armed_is_not_discarded(ready: Piquet) -> None:
    """What to do instead is said, and nothing changes."""
    planned(ready, "Paie")
    said(ready("strike", "arm"))
    refused = ready("strike", "discard")
    assert (2, True) == (refused.exit_code, "piquet strike stop 1" in refused.stderr), refused.output
    assert ["armed"] == states(ready)


def test_drafts_are_mentioned_calmly(ready: Piquet) -> None:
    """Beside the strike that counts, with what may be done; they need no look."""
    planned(ready, "Paie")
    said(ready("strike", "arm"))
    assert "draft" not in said(ready("status"))
    planned(ready, "Plus tard", "2026-12-20")
    status = said(ready("status"))
    assert (True, False) == ("1 draft besides" in status, "What needs a look" in status)
    assert "piquet strike discard NUMBER" in said(ready("strike", "list"))


def test_help_says_that_the_number_may_be_left_out(piquet: Piquet) -> None:
    """And which strike is meant then; the usage has it in brackets once, and no default of 0."""
    helps = {verb: " ".join(said(piquet("strike", verb, "--help")).split()) for verb in ("stop", "arm")}
    assert [1, 1] == [text.count("[STRIKE]") for text in helps.values()]
    assert [] == [text for text in helps.values() if "[[" in text or "default" in text]
    assert "the armed or the next strike" in helps["stop"].replace(" │ │ ", " ")
    assert "while there is one draft" in helps["arm"].replace(" │ │ ", " ")
