"""A hundred distributions wait at once on one function."""

from __future__ import annotations

from simulated_aws import SimulatedAccount, Waits

WAITS = 100


def test_a_hundred_waits_at_once(account: SimulatedAccount) -> None:
    """Each is answered once with its own image; rules do not clash, and none is left.

    Of GetImage each wait needs one look before its rule, one after it, and one for each of its three state changes.
    """
    waits = Waits(account, WAITS)
    looks_before = len(account.calls("GetImage"))
    waits.begin()
    assert len(account.event_bridge.rules) == WAITS
    waits.end()
    for sent, arn in zip(waits.requests, waits.arns, strict=True):
        (answer,) = account.answers_to(sent)
        assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"ImageArn": arn})
    assert len(set(account.event_bridge.made)) == WAITS
    assert account.event_bridge.rules == {}
    assert len(account.calls("GetImage")) - looks_before == 5 * WAITS
