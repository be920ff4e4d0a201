"""Update of a wait: an image that was distributed long ago is looked at again."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Fault, Outcome
from simulated_aws import WAIT, SimulatedAccount

from .test_removing import create
from .test_replacing import rollback_of, update_of
from .test_waiting import wait_for

AMI_ID = {"AmiIds": {"AmiId.eu-west-1": {"Region": "eu-west-1"}}}
RETIRED = ["DEPRECATED", "DISABLED"]


def retire(account: SimulatedAccount, arn: str, status: str) -> None:
    """Give an image a status that Image Builder gives only to one that was AVAILABLE."""
    account.builder.store.images[arn].status = status


def delete(account: SimulatedAccount, arn: str) -> None:
    """Delete an image behind the stack's back."""
    account.builder.call("DeleteImage", imageBuildVersionArn=arn)


def waited(account: SimulatedAccount, arn: str, **properties: Any) -> dict[str, Any]:
    """Wait for an image to the end and return the event of it."""
    sent = wait_for(account, arn, **properties)
    assert account.operate(sent)["Status"] == "SUCCESS"
    return sent


def again(account: SimulatedAccount, former: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the Update of a wait that changes these properties."""
    before = former["ResourceProperties"]
    return account.request(
        "Update",
        WAIT,
        PhysicalResourceId="Golden-Wait9A9B7B98",
        ResourceProperties={**before, **changes},
        OldResourceProperties=before,
    )


@pytest.mark.parametrize("status", RETIRED)
def test_a_retired_image_still_has_its_amis(account: SimulatedAccount, status: str) -> None:
    """A lifecycle policy deprecates an image after months; another time-out or another id is no reason to fail."""
    arn = create(account)["PhysicalResourceId"]
    former = waited(account, arn)
    retire(account, arn, status)
    answer = account.operate(again(account, former, Seconds="600", **AMI_ID))
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["AmiId.eu-west-1"].startswith("ami-")


@pytest.mark.parametrize("status", RETIRED)
def test_a_roll_back_returns_to_a_retired_image(account: SimulatedAccount, status: str) -> None:
    """An update that fails would be stuck otherwise: its roll-back would fail too."""
    created = create(account)
    arn = created["PhysicalResourceId"]
    former = waited(account, arn)
    retire(account, arn, status)
    update = update_of(account, created, {"Revision": "2"})
    replacement = account.operate(update)["PhysicalResourceId"]
    assert replacement != arn
    back = account.operate(rollback_of(account, update, replacement))
    assert back["PhysicalResourceId"] == arn
    failed = again(account, former, ImageArn=replacement)
    answer = account.operate(again(account, failed, ImageArn=arn))
    assert answer["Status"] == "SUCCESS"


@pytest.mark.parametrize("status", RETIRED)
def test_a_create_does_not_take_a_retired_image_for_done(account: SimulatedAccount, status: str) -> None:
    """Nothing retires what is being distributed; if somebody does, the deployment must not call it available."""
    arn = create(account)["PhysicalResourceId"]
    account.settle()
    retire(account, arn, status)
    answer = account.operate(wait_for(account, arn))
    assert (answer["Status"], status in answer["Reason"]) == ("FAILED", True)


def parts(account: SimulatedAccount, former: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
    """Return what comes when the time-out is raised above an hour: a Create of a new part, an Update of the last."""
    arn = former["ResourceProperties"]["ImageArn"]
    first = wait_for(account, arn, Segment="1", Segments="2")
    return [first, again(account, former, Segment="2", Segments="2", **changes)]


@pytest.mark.parametrize("status", RETIRED)
def test_a_longer_time_out_passes_for_a_retired_image(account: SimulatedAccount, status: str) -> None:
    """The new parts of the wait leave the judgement to the last one, which has seen it done."""
    arn = create(account)["PhysicalResourceId"]
    former = waited(account, arn)
    retire(account, arn, status)
    answers = [account.operate(sent) for sent in parts(account, former, **AMI_ID)]
    assert [answer["Status"] for answer in answers] == ["SUCCESS", "SUCCESS"]
    assert answers[1]["Data"]["AmiId.eu-west-1"].startswith("ami-")


def test_a_longer_time_out_passes_for_a_deleted_image(account: SimulatedAccount) -> None:
    """As above, when nothing of it is asked for."""
    arn = create(account)["PhysicalResourceId"]
    former = waited(account, arn)
    delete(account, arn)
    answers = [account.operate(sent) for sent in parts(account, former)]
    assert [answer["Status"] for answer in answers] == ["SUCCESS", "SUCCESS"]


@pytest.mark.parametrize("gone", [True, False])
def test_the_last_part_of_a_new_wait_fails_for_what_is_gone_or_retired(account: SimulatedAccount, gone: bool) -> None:
    """The parts before it have left it the judgement."""
    arn = create(account)["PhysicalResourceId"]
    account.settle()
    if gone:
        delete(account, arn)
    else:
        retire(account, arn, "DISABLED")
    sent = [wait_for(account, arn, Segment=part, Segments="2") for part in ("1", "2")]
    assert [account.operate(part)["Status"] for part in sent] == ["SUCCESS", "FAILED"]


def test_a_deleted_image_does_not_hinder_another_time_out(account: SimulatedAccount) -> None:
    """Nothing of it is asked for, and what was waited for is over; the roll-back of any update passes as well."""
    arn = create(account)["PhysicalResourceId"]
    former = waited(account, arn)
    delete(account, arn)
    answer = account.operate(again(account, former, Seconds="600"))
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"ImageArn": arn})


def test_a_deleted_image_is_known_as_done_at_a_later_poll_too(account: SimulatedAccount) -> None:
    """A poll is not told the former properties."""
    arn = create(account)["PhysicalResourceId"]
    former = waited(account, arn)
    delete(account, arn)
    account.builder.script.faults.append(Fault("GetImage", "ServiceUnavailableException", times=7))
    answer = account.operate(again(account, former, Seconds="600"))
    assert (answer["Status"], account.event_bridge.rules) == ("SUCCESS", {})
    assert account.event_bridge.made


def test_ids_of_a_deleted_image_are_unknown(account: SimulatedAccount) -> None:
    """They cannot be answered; the reason says how to get an image again."""
    arn = create(account)["PhysicalResourceId"]
    former = waited(account, arn)
    delete(account, arn)
    answer = account.operate(again(account, former, **AMI_ID))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (
        f"{arn} was deleted, and nothing else knows the ids of its AMIs, which ami_id() asks for. "
        "Change revision= to distribute again."
    )


def test_an_image_deleted_while_an_update_waits_for_it_fails(account: SimulatedAccount) -> None:
    """It is another one than before, and nobody has waited for it yet."""
    former = waited(account, create(account)["PhysicalResourceId"])
    account.builder.script.outcomes.append(Outcome(distributing=600))
    arn = create(account)["PhysicalResourceId"]
    update = again(account, former, ImageArn=arn)
    account.deliver(update)
    del account.builder.store.images[arn]
    account.settle()
    (answer,) = account.answers_to(update)
    assert (answer["Status"], "is gone" in answer["Reason"]) == ("FAILED", True)
