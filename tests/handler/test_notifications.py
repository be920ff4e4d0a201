"""Events on the default bus: one for each start and each end of a distribution, none for what is only retried."""

from __future__ import annotations

import pytest

from local_aws.image_builder import Outcome, RegionFailure
from simulated_aws import (
    ACCOUNT,
    LOGICAL_IDS,
    OTHER_ACCOUNT,
    STACK_ID,
    SimulatedAccount,
)

from .requests import HANGING
from .steps import ROLLBACK, create, created, deleted, update, updated, wait_request, waited
from .told_events import DISTRIBUTION_ID, KMS, last, told, waiting

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
    remedy = "Let the execution role and the target account's role use the KMS key: by its key policy, and by kms_keys."
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
