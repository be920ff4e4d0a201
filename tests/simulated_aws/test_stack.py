"""Deployments go in CloudFormation's order, whatever fails."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Outcome, RegionFailure
from simulated_aws import (
    DISTRIBUTION,
    POLICY,
    PROPERTIES,
    SIBLING,
    WAIT,
    Behaviour,
    GetAtt,
    Resource,
    SimulatedAccount,
    Stack,
    function_policy,
    own_role,
)

FAILING = Outcome(failures=(RegionFailure("us-east-1", "No."),))
HANGING = Outcome(hang="DISTRIBUTING")


def template(revision: str = "1", **siblings: dict[str, str]) -> dict[str, Resource]:
    """Return a template with a distribution, its wait, and siblings with these properties."""
    wait = {"ImageArn": GetAtt("Image", "ImageArn"), "Segment": "1", "Segments": "1", "Seconds": "300"}
    return {
        "Image": Resource(DISTRIBUTION, {**PROPERTIES, "Revision": revision}),
        "Wait": Resource(WAIT, wait),
        **{name: Resource(SIBLING, properties) for name, properties in siblings.items()},
    }


def requests(stack: Stack) -> list[str]:
    """Return type and logical id of each request."""
    return [f"{sent.event['RequestType']} {sent.event['LogicalResourceId']}" for sent in stack.sent]


def deployed(account: SimulatedAccount, behaviour: Behaviour | None = None, **arguments: Any) -> Stack:
    """Return a stack that was created."""
    stack = Stack(account, behaviour=behaviour)
    stack.deploy(template(**arguments))
    assert stack.finish() == "CREATE_COMPLETE"
    return stack


def test_create_makes_each_resource_after_what_it_refers_to(account: SimulatedAccount) -> None:
    """The wait gets the attribute of the distribution."""
    stack = deployed(account)
    assert requests(stack) == ["Create Image", "Create Wait"]
    assert stack.sent[1].event["ResourceProperties"]["ImageArn"] == stack.physical_id("Image") == account.images[0]


def test_delete_goes_in_reverse_order(account: SimulatedAccount) -> None:
    """What depends on a resource is deleted before it."""
    stack = deployed(account)
    stack.delete()
    assert stack.finish() == "DELETE_COMPLETE"
    assert requests(stack)[2:] == ["Delete Wait", "Delete Image"]
    assert account.images == []


def test_update_deletes_the_superseded_image_last(account: SimulatedAccount) -> None:
    """The clean-up comes after every update."""
    stack = deployed(account)
    old = stack.physical_id("Image")
    stack.deploy(template("2"))
    assert stack.finish() == "UPDATE_COMPLETE"
    assert requests(stack)[2:] == ["Update Image", "Update Wait", "Delete Image"]
    assert stack.sent[-1].event["PhysicalResourceId"] == old
    assert stack.sent[-1].phase == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    assert account.images == [stack.physical_id("Image")]


def test_update_without_a_change_sends_nothing(account: SimulatedAccount) -> None:
    """Only resources whose properties changed are updated."""
    stack = deployed(account)
    stack.deploy(template())
    assert stack.finish() == "UPDATE_COMPLETE"
    assert len(stack.sent) == 2


def test_failed_update_is_rolled_back_with_swapped_properties(account: SimulatedAccount) -> None:
    """The old image is restored, and the new one is deleted in the clean-up."""
    stack = deployed(account)
    old = stack.physical_id("Image")
    account.builder.script.outcomes.append(FAILING)
    stack.deploy(template("2"))
    assert stack.finish() == "UPDATE_ROLLBACK_COMPLETE"
    assert requests(stack)[2:] == ["Update Image", "Update Wait", "Update Image", "Update Wait", "Delete Image"]
    back = stack.sent[4].event
    assert (back["ResourceProperties"]["Revision"], back["OldResourceProperties"]["Revision"]) == ("1", "2")
    assert account.images == [stack.physical_id("Image")] == [old]


def test_failed_create_is_deleted_with_the_answered_id(account: SimulatedAccount) -> None:
    """The rollback of a create deletes what was created and what failed."""
    account.fail("DistributeImage", "InvalidRequestException")
    stack = Stack(account)
    stack.deploy(template())
    assert stack.finish() == "ROLLBACK_COMPLETE"
    assert requests(stack) == ["Create Image", "Delete Image"]
    assert stack.sent[1].event["PhysicalResourceId"] == "failed"


def test_failing_sibling_cuts_a_create_off(account: SimulatedAccount) -> None:
    """The Delete comes within seconds, with an invented id, while the create still runs."""
    account.fail("DistributeImage", seconds=10)
    stack = Stack(account)
    stack.deploy(template(Sibling={"Seconds": "5", "Fails": "Create"}))
    assert stack.finish() == "ROLLBACK_COMPLETE"
    create, delete = stack.sent
    assert create.outcome == "cancelled"
    assert 0 < delete.at - create.at < 10
    assert delete.event["PhysicalResourceId"].startswith("Golden-Image-")
    assert account.images == []


def test_failing_sibling_cuts_an_update_off(account: SimulatedAccount) -> None:
    """The Update with swapped properties comes while the first one still runs."""
    stack = deployed(account, Sibling={"Seconds": "5", "Fails": "Update"})
    account.fail("DistributeImage", seconds=10)
    stack.deploy(template("2", Sibling={"Seconds": "5", "Fails": "Update", "Changed": "1"}))
    assert account.run_until(lambda: stack.status == "UPDATE_ROLLBACK_IN_PROGRESS")
    assert account.run_until(lambda: len(stack.sent) == 4)
    _, back = stack.sent[2:]
    assert back.event["PhysicalResourceId"] == stack.physical_id("Image")
    assert back.event["OldResourceProperties"]["Revision"] == "2"


def test_stack_deleted_during_its_create(account: SimulatedAccount) -> None:
    """The create is given up."""
    stack = Stack(account)
    account.builder.script.outcomes.append(HANGING)
    stack.deploy(template())
    account.settle(60)
    assert stack.status == "CREATE_IN_PROGRESS"
    stack.delete()
    assert stack.finish() == "DELETE_COMPLETE"
    assert requests(stack) == ["Create Image", "Create Wait", "Delete Wait", "Delete Image"]
    assert account.images == []


@pytest.mark.parametrize(
    ("failed_create", "expected"),
    [
        ("create", ["Create Image", "Create Image", "Create Wait", "Delete Image"]),
        ("delete", ["Create Image", "Delete Image", "Create Image", "Create Wait"]),
        ("update", ["Create Image", "Update Image", "Create Wait", "Delete Image"]),
    ],
)
def test_rollback_disabled_leaves_the_failed_create(
    account: SimulatedAccount, failed_create: str, expected: list[str]
) -> None:
    """The next deployment goes on from it, in each way that CloudFormation may."""
    account.fail("DistributeImage", "InvalidRequestException")
    stack = Stack(account, behaviour=Behaviour(failed_create=failed_create))
    stack.deploy(template(), rollback=False)
    assert stack.finish() == "CREATE_FAILED"
    assert requests(stack) == ["Create Image"]
    account.fail("DescribeStacks")
    stack.deploy(template("2"), rollback=False)
    assert stack.finish() == "UPDATE_COMPLETE"
    assert requests(stack) == expected


@pytest.mark.parametrize(("old_is_tried", "old"), [(False, "1"), (True, "2")])
def test_rollback_disabled_leaves_the_failed_update(account: SimulatedAccount, old_is_tried: bool, old: str) -> None:
    """The next deployment sends an Update again, though the template is the same."""
    stack = deployed(account, behaviour=Behaviour(old_is_tried=old_is_tried))
    account.fail("DistributeImage", "InvalidRequestException")
    stack.deploy(template("2"), rollback=False)
    assert stack.finish() == "UPDATE_FAILED"
    stack.deploy(template("2"), rollback=False)
    assert stack.finish() == "UPDATE_COMPLETE"
    assert requests(stack)[2:] == ["Update Image", "Update Image", "Update Wait", "Delete Image"]
    assert stack.sent[3].event["OldResourceProperties"]["Revision"] == old


def test_removed_resource_is_deleted_after_the_policies_changed(account: SimulatedAccount) -> None:
    """Policies are updated with the stack; what was removed is deleted in the clean-up, its own policy after it."""
    stack = Stack(account)
    policy = Resource(POLICY, {"Document": function_policy(stack.stack_id)})
    image = Resource(DISTRIBUTION, {**PROPERTIES, "ExecutionRole": own_role("Image")}, depends_on=("Policy",))
    stack.deploy({**template(), "Image": image, "Policy": policy})
    stack.finish()
    stack.deploy({"Policy": Resource(POLICY, {"Document": {"Statement": []}})})
    assert stack.finish() == "UPDATE_COMPLETE"
    denied = [call for call in account.services.calls if call.outcome == "AccessDeniedException"]
    assert {call.cause.partition("-")[0] for call in denied} == {"delete"}
    assert stack.resources.forgotten == account.images


def test_clean_up_tries_three_times_and_forgets(account: SimulatedAccount) -> None:
    """The update is complete all the same."""
    stack = deployed(account)
    account.fail("DeleteImage", "InvalidRequestException", times=3)
    stack.deploy(template("2"))
    assert stack.finish() == "UPDATE_COMPLETE"
    assert requests(stack)[4:] == ["Delete Image"] * 3
    assert stack.resources.forgotten == account.images[:1]


def test_failed_deletion_can_be_tried_again(account: SimulatedAccount) -> None:
    """What could not be deleted is still held."""
    stack = deployed(account)
    account.fail("DeleteImage", "InvalidRequestException")
    stack.delete()
    assert stack.finish() == "DELETE_FAILED"
    stack.delete()
    assert stack.finish() == "DELETE_COMPLETE"
    assert account.images == []


def test_retained_resource_gets_no_delete(account: SimulatedAccount) -> None:
    """Neither when it is superseded nor when the stack is deleted."""
    retained = {**template(), "Image": Resource(DISTRIBUTION, PROPERTIES, retain=True)}
    changed = {**template(), "Image": Resource(DISTRIBUTION, {**PROPERTIES, "Revision": "2"}, retain=True)}
    stack = Stack(account)
    for wanted in (retained, changed):
        stack.deploy(wanted)
        stack.finish()
    stack.delete()
    assert stack.finish() == "DELETE_COMPLETE"
    assert stack.resources.retained == account.images
    assert len(account.images) == 2
    assert "Delete Image" not in requests(stack)


def test_unanswered_request_fails_at_its_service_timeout(account: SimulatedAccount) -> None:
    """A lost delivery is never answered."""
    account.deliver_next(lost=True)
    stack = Stack(account)
    stack.deploy({"Image": Resource(DISTRIBUTION, PROPERTIES, service_timeout=600)})
    began = account.now
    assert stack.finish() == "ROLLBACK_COMPLETE"
    assert stack.sent[0].outcome == "timed out"
    assert account.now - began >= 600


def test_record_shows_statuses_with_lag(account: SimulatedAccount) -> None:
    """DescribeStacks and DescribeStackResource show what was, not what is."""
    stack = deployed(account)
    account.settle(10)
    account.builder.script.outcomes.append(Outcome(distributing=60))
    stack.deploy(template("2"))
    account.settle(10)
    client = account.aws.cloudformation

    def shown() -> tuple[str, str]:
        (described,) = client.describe_stacks(StackName=stack.stack_id)["Stacks"]
        detail = client.describe_stack_resource(StackName=stack.stack_id, LogicalResourceId="Wait")
        return described["StackStatus"], detail["StackResourceDetail"]["ResourceStatus"]

    assert shown() == ("UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
    account.stacks.lag = 15
    assert shown() == ("CREATE_COMPLETE", "CREATE_COMPLETE")


def test_two_distributions_are_made_at_once(account: SimulatedAccount) -> None:
    """Independent resources do not wait for each other."""
    stack = Stack(account)
    account.fail("DistributeImage", seconds=20, times=None)
    stack.deploy({name: Resource(DISTRIBUTION, PROPERTIES) for name in ("One", "Two")})
    assert stack.finish() == "CREATE_COMPLETE"
    assert stack.sent[0].at == stack.sent[1].at
