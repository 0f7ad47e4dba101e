# SPDX-License-Identifier: AGPL-3.0-or-later
"""The contract, part one: a network describes itself truly and is made without a sound."""

import re

import pytest

from relay.networks.port import Finds, Pins, Revokes, Withdraws
from relay.testing.stage import Stage


class Describes:
    """The card, the protocols it declares, the constructor."""

    async def test_the_card_is_complete(self, stage: Stage) -> None:
        """A form, a preview and a help text can be made from the card alone."""
        card = stage.network().card
        assert re.fullmatch(r"[a-z][a-z0-9_-]*", card.name)
        assert card.title
        assert card.docs.startswith("https://")
        assert card.credentials
        assert all(str(field.title) and (field.kept or str(field.help)) for field in card.credentials)
        assert any(field.secret for field in card.credentials)
        assert card.capabilities.limits.text > 0

    @pytest.mark.parametrize(
        ("capability", "protocol"),
        [("reads_back", Finds), ("deletes", Withdraws), ("pins", Pins), ("revokes", Revokes)],
    )
    async def test_each_protocol_is_there_exactly_if_declared(
        self, stage: Stage, capability: str, protocol: type
    ) -> None:
        """Whoever reads the card need not try."""
        network = stage.network()
        assert getattr(network.card.capabilities, capability) == isinstance(network, protocol)

    async def test_it_is_constructed_without_io(self, stage: Stage, connections: list[str]) -> None:
        """A house with fifty accounts opens in no time, with every network down."""
        stage.network()
        assert connections == []
        assert stage.plan.met == []

    async def test_it_can_be_closed_twice(self, stage: Stage) -> None:
        """Closing is safe, before and after work."""
        network = stage.network()
        await network.aclose()
        await network.aclose()

    async def test_verify_tells_who_we_are(self, stage: Stage) -> None:
        """A person sees whom they connected, and nothing is changed by looking."""
        network = stage.network()
        identity = await network.verify()
        await network.aclose()
        assert not identity.id.isdigit()  # a number of one server's would be another person on the next
        assert identity.id
        assert identity.handle
        assert identity.url.startswith(("https://", "http://"))
        assert await stage.public() == []
