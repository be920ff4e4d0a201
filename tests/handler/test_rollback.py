"""Update during a rollback: the image, its tags and its waits as before, whatever else fails."""

from __future__ import annotations

import pytest

from local_aws.image_builder import Outcome
from simulated_aws import SimulatedAccount

from .requests import FAILING, HANGING, starts, tags_of
from .steps import ROLLBACK, created, deleted, is_clean, update, updated

ONE, TWO = {"Revision": "1"}, {"Revision": "2"}


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
