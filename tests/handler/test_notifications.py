"""Events on the default bus: one for each start and each end of a distribution, none for what is only retried."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from cdk_image_distribution._image_events import PROGRESS
from cdk_image_distribution_handler import notification
from local_aws.image_builder import Outcome, RegionFailure
from simulated_aws import (
    ACCOUNT,
    CONFIGURATION_ARN,
    LOGICAL_IDS,
    OTHER_ACCOUNT,
    STACK_ID,
    SimulatedAccount,
)

from .requests import FAILING, HANGING, INVENTED, update_request
from .steps import ROLLBACK, create, created, deleted, update, updated, wait, wait_request, waited

DISTRIBUTION_ID = "GoldenDistribution1A2B3C4D"
KMS = RegionFailure("us-east-1", "The KMS key is not accessible.", step="DISTRIBUTE_AMI")


def told(account: SimulatedAccount, image_arn: str = "") -> list[str]:
    """Return what the events say became of a distribution, or of all, in their order."""
    return [
        event["DetailType"].removeprefix("Image Distribution ")
        for event in account.event_bridge.put
        if image_arn in ("", event["Detail"]["image-arn"])
    ]


def last(account: SimulatedAccount) -> dict[str, Any]:
    """Return the last event."""
    return account.event_bridge.put[-1]


def waiting(account: SimulatedAccount, arn: str, kind: str = "Create", **properties: Any) -> dict[str, Any]:
    """Wait for an image with the property that names the distribution, and return the answer."""
    fields = {"OldResourceProperties": {"ImageArn": "another"}} if kind == "Update" else {}
    return wait(account, arn, kind, properties={"Distribution": DISTRIBUTION_ID, **properties}, **fields)


# Success


def test_start_and_completion_are_told_once(account: SimulatedAccount) -> None:
    """Both name the stack, the distribution and the image; the second has every AMI."""
    arn = created(account)
    start = last(account)
    waiting(account, arn)
    assert told(account) == ["Started", "Available"]
    assert {key: start[key] for key in ("Source", "DetailType", "Resources")} == {
        "Source": "cdk-image-distribution",
        "DetailType": "Image Distribution Started",
        "Resources": [arn],
    }
    assert start["Detail"] == {
        "stack-id": STACK_ID,
        "stack-name": "Golden",
        "logical-resource-id": LOGICAL_IDS["Custom::ImageDistribution"],
        "image-arn": arn,
        "status": "",
        "amis": [],
        "reason": "",
        "remedy": "",
        "failures": [],
    }
    end = last(account)["Detail"]
    assert (end["logical-resource-id"], end["status"]) == (DISTRIBUTION_ID, "AVAILABLE")
    assert [(ami["region"], ami["account"]) for ami in end["amis"]] == [
        ("eu-west-1", ACCOUNT),
        ("us-east-1", ACCOUNT),
        ("us-east-1", OTHER_ACCOUNT),
    ]
    assert {ami["image"] for ami in end["amis"]} == set(account.copies)


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_only_the_last_part_of_a_wait_tells_of_the_completion(account: SimulatedAccount, kind: str) -> None:
    """Each part of a chain sees the image AVAILABLE."""
    arn = created(account)
    for part in ("1", "2", "3"):
        waiting(account, arn, kind, Segment=part, Segments="3")
    assert told(account, arn) == ["Started", "Available"]


def test_update_tells_of_the_new_image_alone(account: SimulatedAccount) -> None:
    """An update that changes only what is waited for tells nothing again."""
    first = created(account)
    waiting(account, first)
    second = updated(account, first, {"Revision": "2"}, {})
    waiting(account, second, "Update")
    asked = {"AmiIds": {"AmiId.eu-west-1": {"Region": "eu-west-1"}}}
    waited(account, second, "Update", properties=asked, OldResourceProperties={"ImageArn": second})
    updated(account, second, {"Revision": "2", "Tags": {"a": "1"}}, {"Revision": "2"})
    assert (told(account, first), told(account, second)) == (["Started", "Available"], ["Started", "Available"])
    assert len(account.event_bridge.put) == 4


def test_rollback_to_an_image_tells_nothing(account: SimulatedAccount) -> None:
    """Its AMIs were told of when they were made; the image that goes was running."""
    first = created(account)
    waiting(account, first)
    account.builder.script.outcomes.append(HANGING)
    second = updated(account, first, {"Revision": "2"}, {})
    before = len(account.event_bridge.put)
    assert updated(account, second, {}, {"Revision": "2"}, ROLLBACK) == first
    account.stack.status = ROLLBACK
    request = wait_request(account, first, "Update", stack_status=ROLLBACK, OldResourceProperties={"ImageArn": second})
    assert account.operate(request)["Status"] == "SUCCESS"
    assert told(account)[before:] == []


# Failure


def test_failure_tells_each_region_with_its_reason_and_remedy(account: SimulatedAccount) -> None:
    """The reason is the one that the stack event shows."""
    account.builder.script.outcomes.append(Outcome(failures=(KMS, RegionFailure("eu-west-1", "Odd."))))
    arn = created(account)
    answer = waiting(account, arn)
    assert (answer["Status"], told(account)) == ("FAILED", ["Started", "Failed"])
    detail = last(account)["Detail"]
    assert (detail["reason"], detail["status"]) == (answer["Reason"], "FAILED")
    remedy = "Let the execution role and the target account use the KMS key, in its key policy."
    assert detail["remedy"] == remedy
    assert detail["failures"] == [
        {
            "region": "us-east-1",
            "account": ACCOUNT,
            "step": "DISTRIBUTE_AMI",
            "status": "FAILED",
            "reason": "The KMS key is not accessible.",
            "remedy": remedy,
        },
        {
            "region": "eu-west-1",
            "account": ACCOUNT,
            "step": "",
            "status": "FAILED",
            "reason": "Odd.",
            "remedy": "",
        },
    ]


def test_timeout_is_told_with_its_remedy_and_then_the_cancellation(account: SimulatedAccount) -> None:
    """The rollback's Delete cancels what still runs."""
    account.builder.script.outcomes.append(HANGING)
    arn = created(account)
    answer = waiting(account, arn, Seconds="120")
    assert told(account) == ["Started", "Timed Out"]
    detail = last(account)["Detail"]
    assert detail["reason"] == answer["Reason"]
    assert detail["remedy"].startswith("Raise timeout= of the ImageDistribution")
    deleted(account, arn, "ROLLBACK_IN_PROGRESS")
    assert told(account, arn) == ["Started", "Timed Out", "Cancelled"]


def test_part_of_a_wait_that_is_over_tells_nothing(account: SimulatedAccount) -> None:
    """The next part goes on."""
    account.builder.script.outcomes.append(HANGING)
    arn = created(account)
    assert waiting(account, arn, Seconds="120", Segments="2")["Status"] == "SUCCESS"
    assert told(account) == ["Started"]


def test_refused_start_is_told(account: SimulatedAccount) -> None:
    """No image was started; the reason is that of the stack event."""
    account.fail("DistributeImage", "InvalidRequestException", "The source image does not exist.", times=None)
    answer = create(account)
    assert (answer["Status"], told(account)) == ("FAILED", ["Refused"])
    event = last(account)
    assert (event["Detail"]["reason"], event["Detail"]["image-arn"]) == (answer["Reason"], "")
    assert event["Resources"] == []


def test_start_that_iam_refuses_is_told_once_when_it_is_final(account: SimulatedAccount) -> None:
    """IAM may propagate a permission for two minutes; nothing is told meanwhile."""
    account.fail("DistributeImage", "AccessDeniedException", "not authorized to perform: iam:PassRole", times=None)
    answer = create(account)
    assert (answer["Status"], told(account)) == ("FAILED", ["Refused"])
    assert len(account.attempts("DistributeImage")) > 2
    assert "iam:PassRole" in last(account)["Detail"]["reason"]


def test_start_that_comes_too_late_is_told_as_refused(account: SimulatedAccount) -> None:
    """CloudFormation gave the Create up."""
    request = account.request("Create")
    account.stack.set_status("ROLLBACK_IN_PROGRESS")
    assert account.operate(request)["Status"] == "FAILED"
    assert told(account) == ["Refused"]


def test_refused_update_is_told(account: SimulatedAccount) -> None:
    """The old image stays what it is."""
    first = created(account)
    account.fail("DistributeImage", "ServiceQuotaExceededException", "Too many images.", times=None)
    assert update(account, first, {"Revision": "2"}, {})["Status"] == "FAILED"
    assert told(account) == ["Started", "Refused"]


def test_missing_ami_is_told_as_a_failure(account: SimulatedAccount) -> None:
    """The image is AVAILABLE, yet the deployment fails."""
    arn = created(account)
    answer = waiting(account, arn, AmiIds={"AmiId.sa-east-1": {"Region": "sa-east-1"}})
    assert (answer["Status"], told(account)) == ("FAILED", ["Started", "Failed"])
    # An event has the whole reason.
    assert last(account)["Detail"]["reason"].startswith(answer["Reason"].partition(" […]")[0])


def test_wait_that_cannot_read_the_image_is_told_as_a_failure(account: SimulatedAccount) -> None:
    """What is only tried again tells nothing until the wait is over."""
    arn = created(account)
    account.fail("GetImage", "ThrottlingException", times=None)
    answer = waiting(account, arn, Seconds="600")
    assert (answer["Status"], told(account)) == ("FAILED", ["Started", "Failed"])
    assert last(account)["Detail"]["image-arn"] == arn


def test_defect_of_the_function_is_told_too(account: SimulatedAccount) -> None:
    """For every exception crhelper answers FAILED."""
    answer = create(account, Tags="not a map")
    assert (answer["Status"], told(account)) == ("FAILED", ["Refused"])
    assert last(account)["Detail"]["reason"] == answer["Reason"] != ""


# Cancellation


def test_delete_of_a_running_distribution_tells_of_its_cancellation_once(account: SimulatedAccount) -> None:
    """However often the Delete is polled until the image is CANCELLED."""
    account.builder.script.outcomes.append(Outcome(hang="DISTRIBUTING", cancelling=400))
    arn = created(account)
    account.settle(5)
    deleted(account, arn)
    assert len(account.calls("CancelImageCreation")) > 2
    assert told(account) == ["Started", "Cancelled"]
    assert last(account)["Detail"]["status"] == "DISTRIBUTING"


def test_delete_of_a_finished_distribution_tells_nothing(account: SimulatedAccount) -> None:
    """It ended before."""
    arn = created(account)
    waiting(account, arn)
    deleted(account, arn)
    assert told(account) == ["Started", "Available"]


@pytest.mark.parametrize("by", ["cancelling", "deleting"])
def test_end_by_hand_is_told_as_a_cancellation(account: SimulatedAccount, by: str) -> None:
    """Somebody cancels the image, or deletes it as well, while the stack waits for it."""
    account.builder.script.outcomes.append(HANGING)
    arn = created(account)
    request = wait_request(account, arn, properties={"Distribution": DISTRIBUTION_ID})
    account.deliver(request)
    account.builder.call("CancelImageCreation", imageBuildVersionArn=arn, clientToken="by hand")
    if by == "deleting":
        account.event_bridge.events_lost = True
        account.settle(2)
        account.builder.call("DeleteImage", imageBuildVersionArn=arn)
    account.settle(120)
    assert account.answers_to(request)[0]["Status"] == "FAILED"
    assert told(account) == ["Started", "Cancelled"]


def test_image_of_a_cut_off_create_is_told_as_cancelled(account: SimulatedAccount) -> None:
    """CloudFormation never named it; the Delete with an invented id finds it."""
    account.builder.script.outcomes.append(HANGING)
    account.on_answer = lambda answer: None
    account.deliver(account.request("Create"))
    account.stack.set_status("ROLLBACK_IN_PROGRESS")
    (arn,) = account.images
    deleted(account, INVENTED, "ROLLBACK_IN_PROGRESS")
    assert told(account, arn) == ["Started", "Cancelled"]


def test_image_that_an_update_sweeps_is_told_as_cancelled(account: SimulatedAccount) -> None:
    """The answer to an earlier update came too late."""
    first = created(account)
    waiting(account, first)
    account.builder.script.outcomes.append(HANGING)
    show_answer, account.on_answer = account.on_answer, lambda answer: None
    account.deliver(update_request(account, first, {"Revision": "2"}))
    account.on_answer = show_answer
    left_over = next(arn for arn in account.images if arn != first)
    account.settle(30)
    third = updated(account, first, {"Revision": "3"}, {"Revision": "2"})
    assert told(account, left_over) == ["Started", "Cancelled"]
    assert told(account, third) == ["Started"]


# What is never told, and what an event never does


@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("ServiceException", 500)])
def test_start_that_succeeds_after_retries_tells_no_refusal(account: SimulatedAccount, code: str, status: int) -> None:
    """Retries are no end."""
    account.fail("DistributeImage", code, status=status, times=4)
    created(account)
    assert told(account) == ["Started"]


@pytest.mark.parametrize(
    "fault",
    [
        {"code": "AccessDeniedException"},
        {"code": "ThrottlingException"},
        {"code": "InternalFailure", "status": 500},
        {"unreachable": True},
        {"lost": True},
    ],
    ids=lambda fault: next(iter(fault.values())),
)
def test_event_that_cannot_be_put_fails_no_request(account: SimulatedAccount, fault: dict[str, Any]) -> None:
    """One attempt for each event, and the same answers as otherwise."""
    account.fail("PutEvents", times=None, **fault)
    account.builder.script.outcomes += [Outcome(), FAILING, HANGING]
    first = created(account)
    waiting(account, first)
    second = updated(account, first, {"Revision": "2"}, {})
    assert waiting(account, second, "Update")["Status"] == "FAILED"
    third = updated(account, second, {"Revision": "3"}, {"Revision": "2"})
    deleted(account, third)
    assert len(account.attempts("PutEvents")) == 6


def test_entry_that_eventbridge_does_not_take_fails_no_request(account: SimulatedAccount) -> None:
    """A partial failure is an answer with status 200."""
    account.fail("PutEvents", "InternalFailure", partial=True, times=None)
    waiting(account, created(account))
    assert told(account) == []


def test_slow_event_delays_a_request_by_no_more_than_its_three_seconds(account: SimulatedAccount) -> None:
    """The client gives up so early; here the call takes as long and is then lost."""
    account.fail("PutEvents", unreachable=True, seconds=3, times=None)
    began = account.now
    created(account)
    assert account.now - began < 4


def test_answer_that_is_repeated_repeats_the_event(account: SimulatedAccount) -> None:
    """Consumers must tolerate duplicates: a poll that answers again cannot know what was told."""
    account.builder.script.outcomes.append(Outcome(failures=(KMS,)))
    arn = created(account)
    account.fail("PutAnswer", status=503, times=7)
    assert waiting(account, arn)["Status"] == "FAILED"
    assert told(account)[:2] == ["Started", "Failed"]
    assert set(told(account)) == {"Started", "Failed"}


def test_event_of_the_largest_distribution_is_taken(account: SimulatedAccount) -> None:
    """30 Regions in 100 accounts, all failed: the event names as many as EventBridge takes."""
    regions = boto3.Session().get_available_regions("ec2")[:30]
    accounts = [f"{number:012}" for number in range(100)]
    account.builder.call(
        "UpdateDistributionConfiguration",
        distributionConfigurationArn=CONFIGURATION_ARN,
        distributions=[
            {"region": region, "amiDistributionConfiguration": {"targetAccountIds": accounts}} for region in regions
        ],
        clientToken="larger",
    )
    failures = tuple(
        RegionFailure(region, "x" * 1000, account=account, step="INTEGRATE")
        for region in regions
        for account in accounts
    )
    account.builder.script.outcomes.append(Outcome(failures=failures))
    waiting(account, created(account))
    assert told(account) == ["Started", "Failed"]
    assert (len(last(account)["Detail"]["amis"]), len(last(account)["Detail"]["failures"])) == (1000, 100)


def test_detail_types_are_those_that_the_constructs_rules_match() -> None:
    """The two programs share no code."""
    kinds = {value for name, value in vars(notification).items() if name.isupper() and str(value).startswith("Image")}
    assert kinds == set(PROGRESS.detail_types)
