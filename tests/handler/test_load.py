"""A hundred distributions wait at once on one function."""

from __future__ import annotations

from .load import Waits
from .world import World

WAITS = 100


def test_a_hundred_waits_at_once(world: World) -> None:
    """Each is answered once with its own image; rules do not clash, and none is left.

    Of GetImage each wait needs one look before its rule, one after it, and one for each of its three state changes.
    """
    waits = Waits(world, WAITS)
    looks_before = len(world.calls("GetImage"))
    waits.begin()
    assert len(world.event_bridge.rules) == WAITS
    waits.end()
    for sent, arn in zip(waits.requests, waits.arns, strict=True):
        (answer,) = world.answers_to(sent)
        assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"ImageArn": arn})
    assert len(set(world.event_bridge.made)) == WAITS
    assert world.event_bridge.rules == {}
    assert len(world.calls("GetImage")) - looks_before == 5 * WAITS
