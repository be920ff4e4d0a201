"""Update of a wait: another timeout or AMI id for an image that was distributed long ago."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Outcome
from simulated_aws import SimulatedAccount

from .steps import ROLLBACK, WAIT_PROPERTIES, created, wait, wait_request, waited

AMI_ID = {"AmiIds": {"AmiId.eu-west-1": {"Region": "eu-west-1"}}}
RETIRED = ["DEPRECATED", "DISABLED"]
FIRST, LAST = {"Segment": "1", "Segments": "2"}, {"Segment": "2", "Segments": "2"}


@pytest.fixture
def arn(account: SimulatedAccount) -> str:
    """Return the image of a distribution that was waited for to its end."""
    image = created(account)
    waited(account, image)
    return image


def again(account: SimulatedAccount, arn: str, **changes: Any) -> dict[str, Any]:
    """Return the answer to an Update of the wait that changes these properties."""
    return wait(
        account,
        changes.pop("ImageArn", arn),
        "Update",
        PhysicalResourceId="Golden-Wait9A9B7B98",
        properties=changes,
        OldResourceProperties={**WAIT_PROPERTIES, "ImageArn": arn},
    )


def delete(account: SimulatedAccount, arn: str) -> None:
    """Delete an image by hand."""
    account.builder.call("DeleteImage", imageBuildVersionArn=arn)


@pytest.mark.parametrize("status", RETIRED)
def test_wait_update_for_a_retired_image_answers_its_amis(account: SimulatedAccount, arn: str, status: str) -> None:
    """A lifecycle policy deprecates an image after months: its AMIs exist."""
    account.builder.store.images[arn].status = status
    answer = again(account, arn, Seconds="600", **AMI_ID)
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["AmiId.eu-west-1"].startswith("ami-")


@pytest.mark.parametrize("status", RETIRED)
def test_wait_update_with_a_longer_timeout_succeeds_for_a_retired_image(
    account: SimulatedAccount, arn: str, status: str
) -> None:
    """The new part succeeds and leaves the decision to the last part, which has seen the image AVAILABLE."""
    account.builder.store.images[arn].status = status
    waited(account, arn, properties=FIRST)
    assert again(account, arn, **LAST, **AMI_ID)["Data"]["AmiId.eu-west-1"].startswith("ami-")


def test_wait_update_with_a_longer_timeout_succeeds_for_a_deleted_image(account: SimulatedAccount, arn: str) -> None:
    """The same, as long as no AMI id is asked for."""
    delete(account, arn)
    waited(account, arn, properties=FIRST)
    assert again(account, arn, **LAST)["Status"] == "SUCCESS"


@pytest.mark.parametrize("deleted", [True, False])
def test_wait_in_two_new_parts_fails_in_the_last_for_a_deleted_or_retired_image(
    account: SimulatedAccount, deleted: bool
) -> None:
    """The parts before it leave it the decision."""
    image = created(account)
    account.settle()
    if deleted:
        delete(account, image)
    else:
        account.builder.store.images[image].status = "DISABLED"
    assert [wait(account, image, properties=part)["Status"] for part in (FIRST, LAST)] == ["SUCCESS", "FAILED"]


def test_wait_update_for_a_deleted_image_succeeds(account: SimulatedAccount, arn: str) -> None:
    """What was waited for is done, and nothing of it is asked for."""
    delete(account, arn)
    answer = again(account, arn, Seconds="600")
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"ImageArn": arn})


def test_wait_update_for_a_deleted_image_succeeds_at_a_later_poll(account: SimulatedAccount, arn: str) -> None:
    """A polled request carries the old properties, which say that the image was waited for."""
    delete(account, arn)
    account.fail("GetImage", "ServiceUnavailableException", times=None, until=account.now + 400)
    assert again(account, arn, Seconds="600")["Status"] == "SUCCESS"
    assert account.event_bridge.made
    account.settle(1)
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("operation", ["GetImage", "TagResource"])
@pytest.mark.parametrize(
    ("code", "status"), [("AccessDeniedException", 403), ("InvalidRequestException", 400), ("ServiceException", 500)]
)
def test_wait_update_in_a_rollback_never_fails_for_what_it_cannot_read(
    account: SimulatedAccount, arn: str, operation: str, code: str, status: int
) -> None:
    """What cannot be read keeps the stack from nothing: the AMI is `unknown` then."""
    account.builder.store.images[arn].tags["cdk-image-distribution:held"] = "no"
    account.fail(operation, code, status=status, times=None)
    before = {**WAIT_PROPERTIES, "ImageArn": f"{arn[:-1]}2"}
    answer = wait(
        account,
        arn,
        "Update",
        stack_status=ROLLBACK,
        PhysicalResourceId="Golden-Wait9A9B7B98",
        properties=AMI_ID,
        OldResourceProperties=before,
    )
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert (answer["Data"]["AmiId.eu-west-1"] == "unknown") == (operation == "GetImage")
    account.settle()
    assert account.event_bridge.rules == {}


def test_wait_update_for_amis_of_a_deleted_image_fails_with_the_remedy(account: SimulatedAccount, arn: str) -> None:
    """The ids are unknown; the reason says how to get an image again."""
    delete(account, arn)
    answer = again(account, arn, **AMI_ID)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (
        f"{arn} was deleted, so the AMI ids that ami_id() needs are unknown. Change revision= to distribute again."
    )


def test_wait_update_for_a_new_image_that_is_deleted_meanwhile_fails(account: SimulatedAccount, arn: str) -> None:
    """It is another image than before, and was not waited for yet."""
    account.builder.script.outcomes.append(Outcome(distributing=600))
    new = account.operate(account.request("Create"))["PhysicalResourceId"]
    request = wait_request(
        account,
        new,
        "Update",
        PhysicalResourceId="Golden-Wait9A9B7B98",
        OldResourceProperties={**WAIT_PROPERTIES, "ImageArn": arn},
    )
    account.deliver(request)
    del account.builder.store.images[new]
    account.settle()
    (answer,) = account.answers_to(request)
    assert (answer["Status"], "was deleted during its distribution" in answer["Reason"]) == ("FAILED", True)
