"""Delete with AutoDeleteAmis: the copies and their snapshots go with the image."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Outcome, RegionFailure
from simulated_aws import SOURCE_AMI, SimulatedAccount

from .requests import delete_request
from .steps import created, delete, deleted, is_clean

LIFECYCLE_ROLE = "arn:aws:iam::123456789012:role/Lifecycle"
DELETE_AMIS: dict[str, Any] = {"AutoDeleteAmis": "true", "LifecycleRole": LIFECYCLE_ROLE}


def distributed(account: SimulatedAccount, outcome: Outcome | None = None, **properties: Any) -> str:
    """Create a distribution that goes so, and return its image once it has changed for ten seconds."""
    account.builder.script.outcomes.append(outcome or Outcome())
    arn = created(account, **DELETE_AMIS, **properties)
    account.settle(10)
    return arn


@pytest.mark.parametrize("removes_record", [True, False])
def test_amis_are_deleted_with_the_image(account: SimulatedAccount, removes_record: bool) -> None:
    """The Delete waits for the lifecycle execution; whether that removes the record too is undocumented."""
    arn = distributed(account, Outcome(lifecycle=20, lifecycle_removes_record=removes_record))
    deleted(account, arn, **DELETE_AMIS)
    assert account.copies == []
    (call,) = account.calls("StartResourceStateUpdate")
    assert call.parameters["includeResources"] == {"amis": True, "snapshots": True}
    assert call.parameters["executionRole"] == LIFECYCLE_ROLE
    assert "exclusionRules" not in call.parameters
    assert account.amis.ami_exists(SOURCE_AMI)
    account.settle()
    assert is_clean(account)


@pytest.mark.parametrize("value", ["false", None])
def test_amis_are_kept_unless_their_deletion_is_asked_for(account: SimulatedAccount, value: str | None) -> None:
    """CloudFormation sends every value as a string: only `true` deletes."""
    arn = distributed(account)
    deleted(account, arn, **({"AutoDeleteAmis": value} if value else {}))
    assert len(account.copies) == 3
    assert account.calls("StartResourceStateUpdate") == []


@pytest.mark.parametrize(
    "outcome", [Outcome(hang="INTEGRATING"), Outcome(failures=(RegionFailure("eu-west-1", "No."),))]
)
def test_amis_of_an_unfinished_distribution_are_deleted(account: SimulatedAccount, outcome: Outcome) -> None:
    """What a failed or cancelled distribution had copied costs money until it is removed."""
    arn = distributed(account, outcome)
    assert account.copies
    deleted(account, arn, **DELETE_AMIS)
    assert account.copies == []
    account.settle()
    assert is_clean(account)


def test_amis_are_kept_while_the_source_cannot_be_told(account: SimulatedAccount) -> None:
    """Without ec2:DescribeImages the Delete fails, names the action and deletes nothing."""
    arn = distributed(account)
    message = (
        "You are not authorized to perform this operation. User: x is not authorized to perform: ec2:DescribeImages"
    )
    account.fail("DescribeImages", "UnauthorizedOperation", message=message, status=403, times=None)
    answer = delete(account, arn, **DELETE_AMIS)
    assert answer["Status"] == "FAILED"
    assert "ec2:DescribeImages is denied" in answer["Reason"]
    assert account.calls("StartResourceStateUpdate") == []
    assert len(account.copies) == 3


def test_amis_whose_deletion_fails_can_be_deleted_again(account: SimulatedAccount) -> None:
    """The reason is Image Builder's; the second Delete starts a second execution."""
    arn = distributed(account, Outcome(lifecycle_failures=("An AMI is in use.",)))
    answer = delete(account, arn, **DELETE_AMIS)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Deleting the AMIs FAILED: An AMI is in use. Fix the cause and delete again.")
    deleted(account, arn, **DELETE_AMIS)
    assert account.copies == []
    account.settle()
    assert is_clean(account)


def test_amis_whose_deletion_outlasts_the_delete_are_waited_for_by_the_next(account: SimulatedAccount) -> None:
    """The first Delete's execution still runs: the second Delete waits for it and does not fail."""
    arn = distributed(account, Outcome(lifecycle=1000))
    began = account.now
    answer = delete(account, arn, **DELETE_AMIS)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Still being removed after 25 minutes")
    assert account.now - began < 1800
    deleted(account, arn, **DELETE_AMIS)
    assert account.copies == []
    account.settle()
    assert is_clean(account)


@pytest.mark.parametrize("operation", ["StartResourceStateUpdate", "GetLifecycleExecution"])
@pytest.mark.parametrize("lifecycle", [0.3, 100])
def test_amis_are_deleted_by_one_execution_when_answers_are_lost(
    account: SimulatedAccount, operation: str, lifecycle: float
) -> None:
    """The client token is the request's, so a repeated call gets the execution that the lost one started."""
    arn = distributed(account, Outcome(lifecycle=lifecycle))
    account.fail(operation, lost=True, times=8)
    deleted(account, arn, **DELETE_AMIS)
    assert len(account.builder.store.executions) == 1
    assert account.copies == []
    account.settle()
    assert is_clean(account)


def test_amis_deregistered_before_a_lost_answer_is_repeated_do_not_fail_the_delete(account: SimulatedAccount) -> None:
    """Image Builder refuses a token that comes again with other parameters, such as other exclusion rules."""
    account.amis.parameters["/golden/ami"] = SOURCE_AMI
    source = {"SourceImage": "ssm:/golden/ami"}
    arn = distributed(account, Outcome(lifecycle=100), **source)
    (home,) = (ami for region, _, ami in account.amis.amis if region == "eu-west-1")
    account.amis.here[home].tags["Ec2ImageBuilderArn"] = arn
    account.fail("StartResourceStateUpdate", lost=True)
    account.simulation.at(account.now + 0.5, lambda: account.amis.here.clear())
    answer = delete(account, arn, **DELETE_AMIS, **source)
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert len(account.builder.store.executions) == 1


def test_amis_are_deleted_once_by_two_deliveries(account: SimulatedAccount) -> None:
    """Lambda delivers at least once."""
    request = delete_request(account, distributed(account, Outcome(lifecycle=100)), **DELETE_AMIS)
    account.deliver_next(copies=2, apart=1)
    account.function.send(request)
    account.settle(600)
    assert {answer["Status"] for answer in account.answers_to(request)} == {"SUCCESS"}
    assert len(account.builder.store.executions) == 1
    assert is_clean(account)
