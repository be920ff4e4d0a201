"""What AWS leaves undocumented and no other test covers: the handler is right under each answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from local_aws.image_builder import Outcome
from simulated_aws import Refused, SimulatedAccount

from .edited_image_builder import EditedImageBuilder
from .requests import CLEAN_UP, HANGING, INVENTED, delete_request, starts
from .steps import ROLLBACK, created, deleted, is_clean, updated, wait, waited

# Events


@pytest.mark.parametrize("lost", [("PENDING", "DISTRIBUTING", "INTEGRATING"), ("AVAILABLE",), ()])
@pytest.mark.parametrize("delay", [0, 30, 600])
def test_wait_is_answered_whichever_events_arrive(
    account: SimulatedAccount, lost: tuple[str, ...], delay: float
) -> None:
    """Events are best effort: late, or not at all. The schedule ends the wait within a minute at the latest."""
    began = account.now
    account.builder.script.outcomes.append(Outcome(pending=1, distributing=600, integrating=10, event_delay=delay))
    arn = created(account)
    send = account.event_bridge.state_changed

    def state_changed(image_arn: str) -> None:
        if account.status_of(image_arn) not in lost:
            send(image_arn)

    account.event_bridge.state_changed = state_changed  # type: ignore[method-assign]
    waited(account, arn)
    assert account.now - began <= 611 + 60 + 1
    account.settle(900)
    assert account.event_bridge.rules == {}


# Missing images and client tokens


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "InvalidRequestException"])
@pytest.mark.parametrize(("operation", "outcome"), [("DeleteImage", Outcome()), ("CancelImageCreation", HANGING)])
def test_delete_of_an_image_that_vanishes_before_a_call_succeeds(
    account: SimulatedAccount, operation: str, outcome: Outcome, code: str
) -> None:
    """Somebody deletes the image between GetImage and the call."""
    account.builder.script.outcomes.append(outcome)
    arn = created(account)
    account.settle(10)

    def edit(called: str, parameters: dict[str, Any], proceed: Any) -> Mapping[str, Any]:
        if called == operation:
            account.builder.store.images.pop(arn, None)
            raise Refused(code, f"The image '{arn}' does not exist.", 400)
        return proceed()  # type: ignore[no-any-return]

    EditedImageBuilder(account, edit)
    deleted(account, arn)
    account.settle()
    assert is_clean(account)


def forget_tokens(account: SimulatedAccount) -> None:
    """Let Image Builder take each token for a new one."""

    def edit(operation: str, parameters: dict[str, Any], proceed: Any) -> Mapping[str, Any]:
        if operation == "DistributeImage":
            account.builder.store.answers.clear()
        return proceed()  # type: ignore[no-any-return]

    EditedImageBuilder(account, edit)


@pytest.mark.parametrize("next_request", ["Update", "Delete"])
def test_second_image_of_a_token_that_is_not_remembered_is_removed(
    account: SimulatedAccount, next_request: str
) -> None:
    """The answer to a start is lost, and its repetition starts a second image, which CloudFormation names."""
    forget_tokens(account)
    account.fail("DistributeImage", lost=True)
    named = created(account)
    account.settle(60)
    assert len(account.images) == 2
    if next_request == "Update":
        assert updated(account, named, {"Tags": {"Team": "a"}}, {}) == named
    else:
        deleted(account, named)
    account.settle()
    assert is_clean(account, but=(named,) if next_request == "Update" else ())


@pytest.mark.parametrize("answer", ["same", "new", "refused"])
def test_create_delivered_after_its_delete_leaves_no_image(account: SimulatedAccount, answer: str) -> None:
    """Lambda may deliver a Create again after its image was deleted: its token is sent to Image Builder no more."""
    if answer == "new":
        forget_tokens(account)
    request = account.request("Create")
    arn = account.operate(request)["PhysicalResourceId"]
    account.settle(60)
    deleted(account, arn)
    if answer == "refused":
        account.fail("DistributeImage", "ResourceInUseException", times=None)
    account.function.send(request)
    account.settle(600)
    assert starts(account) == 1
    assert len(account.attempts("DistributeImage")) == 1
    assert is_clean(account)


# Tagging API, conditions, CloudFormation


def test_deleted_images_that_the_tagging_api_still_lists_are_ignored(account: SimulatedAccount) -> None:
    """For other services it lists what is deleted for an hour."""
    account.tags.remembers = 3600
    account.on_answer = lambda answer: None
    created(account)
    account.settle(10)
    for _ in range(2):
        answer = account.operate(delete_request(account, "Golden-Distribution830FAC52-1ABCDEFGHIJKL"))
        assert answer["Status"] == "SUCCESS"
    account.settle()
    assert is_clean(account)
    assert len(account.calls("DeleteImage")) == 1


@pytest.mark.parametrize("next_request", ["Update", "Delete"])
def test_image_that_the_tagging_api_lists_late_is_removed_by_the_next_request(
    account: SimulatedAccount, next_request: str
) -> None:
    """The Delete of a create that was cut off looks for 90 seconds; the stack stays, since an update failed."""
    account.tags.lag = 300
    account.on_answer = lambda answer: None
    created(account)
    deleted(account, INVENTED, CLEAN_UP)
    (unnamed,) = account.images
    account.settle(600)
    account.stack.remove_resource("Distribution830FAC52")
    named = created(account)
    assert account.images == [unnamed, named]
    if next_request == "Update":
        assert updated(account, named, {"Tags": {"Team": "a"}}, {}) == named
    else:
        deleted(account, named)
    account.settle()
    assert is_clean(account, but=(named,) if next_request == "Update" else ())


def test_whole_life_without_conditions_removes_only_its_own_images(account: SimulatedAccount) -> None:
    """Without a policy every call is allowed; images of other stacks and of other resources stay."""
    foreign = created(account)
    for tag in ("stack-id", "logical-id"):
        account.builder.store.images[foreign].tags[f"cdk-image-distribution:{tag}"] = "another"
    account.stack.remove_resource("Distribution830FAC52")
    first = created(account)
    waited(account, first)
    second = updated(account, first, {"Revision": "2"}, {})
    deleted(account, first, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    deleted(account, second, Revision="2")
    account.settle()
    assert is_clean(account, but=(foreign,))


def test_delete_of_the_new_image_in_a_rollback_keeps_the_old_one(account: SimulatedAccount) -> None:
    """CloudFormation may send no Update in a rollback, only the Delete of what the update created."""
    old = created(account)
    waited(account, old)
    new = updated(account, old, {"Revision": "2"}, {})
    deleted(account, new, ROLLBACK, Revision="2")
    account.settle()
    assert is_clean(account, but=(old,))
    assert wait(account, old, "Update", PhysicalResourceId="Golden-Wait")["Status"] == "SUCCESS"
