"""Events of cancellations, whoever cancels."""

from __future__ import annotations

import pytest

from local_aws.image_builder import Outcome
from simulated_aws import SimulatedAccount

from .requests import HANGING, INVENTED, update_request
from .steps import created, deleted, updated, wait_request
from .told_events import DISTRIBUTION_ID, last, told, waiting


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
