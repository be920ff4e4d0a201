"""Update during a rollback: the image, its tags and its waits as before, whatever else fails."""

from __future__ import annotations

import pytest

from local_aws.image_builder import Outcome
from simulated_aws import SimulatedAccount

from .requests import FAILING, HANGING, starts, tags_of
from .steps import ROLLBACK, created, deleted, is_clean, update, updated

ONE, TWO, THREE = {"Revision": "1"}, {"Revision": "2"}, {"Revision": "3"}


@pytest.mark.parametrize("outcome", [HANGING, FAILING, Outcome()])
def test_rollback_answers_the_replaced_image_and_starts_nothing(account: SimulatedAccount, outcome: Outcome) -> None:
    """Its wait, its own start or another resource failed: the new image's Delete then removes it."""
    old = created(account, **ONE)
    account.settle(10)
    account.builder.script.outcomes.append(outcome)
    new = updated(account, old, TWO, ONE)
    account.settle(10)
    answer = update(account, new, ONE, TWO, ROLLBACK)
    assert (answer["Status"], answer["PhysicalResourceId"], answer["Data"]) == ("SUCCESS", old, {"ImageArn": old})
    assert starts(account) == 2
    deleted(account, new, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    account.settle()
    assert is_clean(account, but=(old,))


def test_rollback_restores_the_tags(account: SimulatedAccount) -> None:
    """The image that lives on has the tags of the old template."""
    before, after = {"Tags": {"Team": "a", "Old": "1"}}, {"Tags": {"Team": "b", "New": "1"}}
    arn = created(account, **before)
    updated(account, arn, after, before)
    assert updated(account, arn, before, after, ROLLBACK) == arn
    assert tags_of(account, arn) == before["Tags"]


def test_rollback_restores_the_tags_after_throttling(account: SimulatedAccount) -> None:
    """What may pass is tried again; only what does not pass is given up."""
    before, after = {"Tags": {"Team": "a"}}, {"Tags": {"Team": "b"}}
    arn = created(account, **before)
    updated(account, arn, after, before)
    account.fail("TagResource", "CallRateLimitExceededException", times=None, until=account.now + 300)
    assert updated(account, arn, before, after, ROLLBACK) == arn
    assert tags_of(account, arn) == before["Tags"]


@pytest.mark.parametrize("operation", ["TagResource", "UntagResource"])
@pytest.mark.parametrize("code", ["InvalidRequestException", "AccessDeniedException"])
def test_rollback_succeeds_when_tags_are_refused(account: SimulatedAccount, operation: str, code: str) -> None:
    """An Update with bad tags would otherwise leave the stack in UPDATE_ROLLBACK_FAILED."""
    before, after = {"Tags": {"Team": "a"}}, {"Tags": {"New": "1"}}
    arn = created(account, **before)
    updated(account, arn, after, before)
    account.fail(operation, code, times=None)
    assert updated(account, arn, before, after, ROLLBACK) == arn


@pytest.mark.parametrize("operation", ["TagResource", "GetResources", "DescribeStackResource", "DescribeStacks"])
def test_rollback_succeeds_when_it_is_denied_what_it_can_do_without(account: SimulatedAccount, operation: str) -> None:
    """The failed update, or an organisation's policy, may have taken away a permission for good."""
    old = created(account, **ONE)
    new = updated(account, old, TWO, ONE)
    account.fail(operation, "AccessDeniedException", times=None)
    assert updated(account, new, ONE, TWO, ROLLBACK) == old
    assert starts(account) == 2


def test_rollback_delivered_twice_answers_the_same(account: SimulatedAccount) -> None:
    """Lambda delivers at least once."""
    old = created(account, **ONE)
    new = updated(account, old, TWO, ONE)
    answers = [update(account, new, ONE, TWO, ROLLBACK) for _ in range(2)]
    assert [answer["PhysicalResourceId"] for answer in answers] == [old, old]
    assert starts(account) == 2


def test_rollback_of_a_rollback_returns_to_the_image_in_use(account: SimulatedAccount) -> None:
    """Two updates fail one after the other; each rollback returns to the first image."""
    old = created(account, **ONE)
    for revision in ("2", "3"):
        wanted = {"Revision": revision}
        new = updated(account, old, wanted, ONE)
        assert updated(account, new, ONE, wanted, ROLLBACK) == old
        deleted(account, new, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    assert account.images == [old]


def test_update_right_after_a_rollback_starts_though_the_read_lags(account: SimulatedAccount) -> None:
    """DescribeStacks still shows the rollback before: with no predecessor it is asked again for half a minute."""
    current = created(account, **ONE)
    account.settle(60)
    assert updated(account, current, ONE, TWO, ROLLBACK) == current
    account.settle(5)
    account.stacks.lag = 20
    assert updated(account, current, TWO, ONE) != current
    assert starts(account) == 2


def test_update_back_right_after_a_rollback_starts_though_the_read_lags(account: SimulatedAccount) -> None:
    """The image with the wanted content is gone: only in a rollback would its ARN be the answer."""
    old = created(account, **ONE)
    current = updated(account, old, TWO, ONE)
    deleted(account, old, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    account.settle(60)
    assert updated(account, current, TWO, {"Revision": "3"}, ROLLBACK) == current
    account.settle(5)
    account.stacks.lag = 20
    assert updated(account, current, ONE, TWO) not in (old, current)


def test_update_after_a_doubt_is_polled_by_a_rule(account: SimulatedAccount) -> None:
    """The image before replaced one that is gone, so that a rollback is looked for first; then Image Builder fails."""
    first = created(account, **ONE)
    account.settle(60)
    second = updated(account, first, TWO, ONE)
    deleted(account, first, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    account.settle(60)
    account.fail("DistributeImage", "ServiceUnavailableException", status=503, times=None, until=account.now + 720)
    made = len(account.event_bridge.made)
    updated(account, second, THREE, TWO)
    assert len(account.event_bridge.made) > made


@pytest.mark.parametrize("refused", [False, True])
def test_rollback_finds_the_old_image_though_the_new_one_was_deleted_by_hand(
    account: SimulatedAccount, refused: bool
) -> None:
    """The deleted image's tag said what it had replaced; CloudFormation's events of the update say it, too."""
    retained = created(account, **ONE)
    account.settle(60)
    old = updated(account, retained, TWO, ONE)
    account.settle(60)
    new = updated(account, old, THREE, TWO)
    account.settle(60)
    account.builder.call("DeleteImage", imageBuildVersionArn=new)
    if refused:
        account.fail("DescribeStackEvents", "AccessDenied", times=None)
    assert updated(account, new, TWO, THREE, ROLLBACK) == (new if refused else old)
    assert starts(account) == 3
