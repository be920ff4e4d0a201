"""Images that CloudFormation never named: found by their tags, removed by the next request, never another's."""

from __future__ import annotations

import pytest

from local_aws.image_builder import Outcome
from simulated_aws import SimulatedAccount

from .requests import CLEAN_UP, HANGING, INVENTED, starts
from .steps import ROLLBACK, create, created, deleted, is_clean, update, updated

DAY = 86_400


def unanswered_update(account: SimulatedAccount, old: str) -> str:
    """Fail an Update to revision 2 that starts an image, which hangs, and return the image."""
    account.builder.script.outcomes.append(HANGING)
    account.fail("DistributeImage", lost=True)
    account.fail("DistributeImage", "ResourceInUseException", times=None)
    answer = update(account, old, {"Revision": "2"}, {})
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", old)
    account.heal()
    (unnamed,) = set(account.images) - {old}
    return unnamed


@pytest.mark.parametrize("lag", [0, 30])
@pytest.mark.parametrize("outcome", [HANGING, Outcome()])
def test_image_of_a_create_cut_off_is_removed_by_its_delete(
    account: SimulatedAccount, outcome: Outcome, lag: float
) -> None:
    """CloudFormation invents an id; the tags say whose the image is, though the tagging API learns of it late."""
    account.tags.lag = lag
    account.builder.script.outcomes.append(outcome)
    account.on_answer = lambda answer: None
    created(account)
    deleted(account, INVENTED, "ROLLBACK_IN_PROGRESS")
    account.settle()
    assert is_clean(account)


def test_image_of_a_create_refused_is_looked_for_and_not_found(account: SimulatedAccount) -> None:
    """Nothing was started: the Delete succeeds within its search, and leaves no rule."""
    account.fail("DistributeImage", "InvalidRequestException", times=None)
    failed = create(account)
    began = account.now
    deleted(account, failed["PhysicalResourceId"])
    assert account.now - began <= 120
    assert account.event_bridge.made == []


def test_image_of_a_create_cut_off_is_removed_once_by_two_deliveries(account: SimulatedAccount) -> None:
    """The second delivery finds nothing any more, and may outlive the function: it makes no rule."""
    account.on_answer = lambda answer: None
    created(account)
    account.settle(10)
    request = account.request("Delete", PhysicalResourceId=INVENTED)
    account.deliver_next(copies=2, apart=1)
    account.function.send(request)
    account.settle()
    assert [answer["Status"] for answer in account.answers_to(request)] == ["SUCCESS", "SUCCESS"]
    assert account.event_bridge.made == []


@pytest.mark.parametrize("minutes", [1, 2])
@pytest.mark.parametrize("operation", ["GetResources", "DescribeStackResource", "GetImage"])
def test_image_of_a_create_cut_off_is_found_after_throttling(
    account: SimulatedAccount, operation: str, minutes: int
) -> None:
    """Services that throttle during the search delay it; they do not end it without the image."""
    account.on_answer = lambda answer: None
    created(account)
    account.settle(10)
    account.fail(operation, "ThrottlingException", times=None, until=account.now + minutes * 60)
    deleted(account, INVENTED, "ROLLBACK_IN_PROGRESS")
    account.settle()
    assert is_clean(account)


@pytest.mark.parametrize("seconds", range(32, 94, 12))
@pytest.mark.parametrize("latency", [0, 2])
def test_create_given_up_leaves_no_rule_when_its_delete_is_answered(
    account: SimulatedAccount, latency: float, seconds: int
) -> None:
    """With the answer CloudFormation goes on to delete the function, and nothing deletes the rule after that."""
    account.services.latency = latency
    account.fail("DistributeImage", "ThrottlingException", times=None, until=account.now + 600)
    account.deliver(account.request("Create"))
    account.settle(seconds)
    assert len(account.event_bridge.rules) == 1
    rules_at_answer: dict[str, list[str]] = {}
    account.on_answer = lambda answer: rules_at_answer.update({answer["RequestId"]: list(account.event_bridge.rules)})
    request = account.request("Delete", stack_status="ROLLBACK_IN_PROGRESS", PhysicalResourceId=INVENTED)
    assert account.operate(request)["Status"] == "SUCCESS"
    assert rules_at_answer[request["RequestId"]] == []


def test_image_of_an_unanswered_update_is_removed_by_a_delete_that_the_read_does_not_show(
    account: SimulatedAccount,
) -> None:
    """CloudFormation's read lags, and with it does not tell a Delete of the resource from one of a replaced image."""
    old = created(account)
    account.settle(60)
    unanswered_update(account, old)
    account.settle(60)
    account.stacks.lag = 20
    deleted(account, old, "DELETE_IN_PROGRESS")
    account.settle()
    assert is_clean(account)


def test_image_of_another_create_is_not_removed(account: SimulatedAccount) -> None:
    """A failed Create's Delete looks for the image that carries its own token."""
    account.fail("DistributeImage", "InvalidRequestException", times=None)
    failed = create(account)
    account.heal()
    live = created(account)
    deleted(account, failed["PhysicalResourceId"], CLEAN_UP)
    assert account.images == [live]


def test_image_retained_days_ago_is_not_removed(account: SimulatedAccount) -> None:
    """A resource of the same logical id had it and left it; it is older than a day."""
    retained = created(account)
    account.stack.remove_resource("Distribution830FAC52")
    account.now += 2 * DAY
    account.on_answer = lambda answer: None
    account.builder.script.outcomes.append(HANGING)
    created(account)
    deleted(account, INVENTED, "ROLLBACK_IN_PROGRESS")
    assert account.images == [retained]


@pytest.mark.parametrize("step", ["update", "delete", "delete of a create cut off"])
def test_image_retained_today_without_a_wait_is_not_removed(account: SimulatedAccount, step: str) -> None:
    """Without a wait nothing but the Create named it; the resource left the stack with RETAIN and came back."""
    retained = created(account)
    account.settle(600)
    account.stack.remove_resource("Distribution830FAC52")
    if step == "delete of a create cut off":
        account.on_answer = lambda answer: None
    live = created(account)
    if step == "update":
        new = updated(account, live, {"Revision": "2"}, {})
        deleted(account, live, CLEAN_UP)
        assert account.images == [retained, new]
    else:
        deleted(account, live if step == "delete" else INVENTED)
        assert account.images == [retained]


def test_image_of_an_update_without_answer_is_removed_by_the_next_update(account: SimulatedAccount) -> None:
    """The next update wants something else: it starts that, and removes what was left over."""
    old = created(account)
    account.settle(10)
    unanswered_update(account, old)
    new = updated(account, old, {"Revision": "3"}, {"Revision": "1"})
    assert account.images == [old, new]
    account.settle()
    assert account.event_bridge.rules == {}


def test_image_of_an_update_without_answer_is_not_adopted(account: SimulatedAccount) -> None:
    """Tags can be written by others, so the same update, deployed again, starts an image of its own."""
    old = created(account)
    account.settle(10)
    unnamed = unanswered_update(account, old)
    new = updated(account, old, {"Revision": "2"}, {})
    assert new != unnamed
    assert account.images == [old, new]
    assert starts(account) == 3


def test_image_of_an_update_without_answer_is_removed_with_the_stack(account: SimulatedAccount) -> None:
    """No rollback and no other update came: the Delete of the stack's image removes the other too."""
    old = created(account)
    account.settle(10)
    unanswered_update(account, old)
    deleted(account, old)
    account.settle()
    assert is_clean(account)


@pytest.mark.parametrize("operation", ["GetResources", "DescribeStackResource", "DescribeStackEvents"])
@pytest.mark.parametrize("kind", ["Update", "Delete"])
def test_image_of_an_update_without_answer_is_removed_after_a_minute_of_throttling(
    account: SimulatedAccount, operation: str, kind: str
) -> None:
    """A request waits a minute for the services that find the image, before it goes on without them."""
    old = created(account)
    account.settle(10)
    unanswered_update(account, old)
    account.fail(operation, "ThrottlingException", status=400, times=None, until=account.now + 50)
    if kind == "Update":
        new = updated(account, old, {"Revision": "3"}, {})
        assert account.images == [old, new]
    else:
        deleted(account, old)
        account.settle()
        assert is_clean(account)


def test_image_that_cannot_be_swept_does_not_fail_the_rollback(
    account: SimulatedAccount, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names what is left, and the rollback succeeds."""
    old = created(account)
    account.settle(10)
    unnamed = unanswered_update(account, old)
    account.builder.call("CancelImageCreation", imageBuildVersionArn=unnamed, clientToken="console")
    account.settle(10)
    account.fail("DeleteImage", "ResourceDependencyException", times=None)
    assert updated(account, old, {}, {"Revision": "2"}, ROLLBACK) == old
    assert f"{unnamed} is left over from an earlier request; delete it by hand" in caplog.text


def test_image_whose_sweep_is_denied_does_not_fail_the_update(
    account: SimulatedAccount, caplog: pytest.LogCaptureFixture
) -> None:
    """The sweep is tried until the Update's deadline, and then named in the log."""
    old = created(account)
    account.settle(10)
    unnamed = unanswered_update(account, old)
    account.fail("CancelImageCreation", "AccessDeniedException", times=None)
    new = updated(account, old, {"Revision": "3"}, {})
    assert {old, new, unnamed} == set(account.images)
    assert f"delete them by hand: {unnamed}" in caplog.text
    account.settle()
    assert account.event_bridge.rules == {}


def test_amis_of_a_swept_image_are_kept_and_named(account: SimulatedAccount, caplog: pytest.LogCaptureFixture) -> None:
    """Only the image that CloudFormation names takes its AMIs along."""
    amis = {"AutoDeleteAmis": "true", "LifecycleRole": "arn:aws:iam::123456789012:role/Lifecycle"}
    old = created(account, **amis)
    account.settle(10)
    account.fail("DistributeImage", lost=True)
    account.fail("DistributeImage", "ResourceInUseException", times=None)
    assert update(account, old, {**amis, "Revision": "2"}, amis)["Status"] == "FAILED"
    account.heal()
    account.settle(10)
    (unnamed,) = set(account.images) - {old}
    updated(account, old, amis, {**amis, "Revision": "2"}, ROLLBACK)
    assert account.images == [old]
    assert len(account.copies) == 6
    assert f"Removed {unnamed}. AMIs kept: eu-west-1 ami-" in caplog.text
