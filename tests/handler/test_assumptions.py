"""What AWS leaves undocumented and no other test covers: the handler is right under each answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local_aws.image_builder import Outcome
from simulated_aws import ACCOUNT, OTHER_ACCOUNT, SOURCE_AMI, Refused, SimulatedAccount

from .requests import HANGING, delete_request, starts
from .steps import ROLLBACK, created, deleted, is_clean, updated, wait, waited

HOME = {"AmiId.eu-west-1": {"Region": "eu-west-1"}}
AUTO_DELETE = {"AutoDeleteAmis": "true", "LifecycleRole": f"arn:aws:iam::{ACCOUNT}:role/Lifecycle"}

Edit = Callable[[str, dict[str, Any], Any], Mapping[str, Any]]


class EditedImageBuilder:
    """Image Builder with other answers: `edit` gets the operation, its parameters and a function that answers."""

    def __init__(self, account: SimulatedAccount, edit: Edit) -> None:
        self._service = account.answering["imagebuilder"]
        self._edit = edit
        account.answering["imagebuilder"] = self

    def answer(self, operation: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        """Answer one call."""
        return self._edit(operation, parameters, lambda: self._service.answer(operation, parameters))


def edit_images(account: SimulatedAccount, edit: Callable[[dict[str, Any]], None]) -> None:
    """Change each image that GetImage answers."""

    def edited(operation: str, parameters: dict[str, Any], proceed: Any) -> Mapping[str, Any]:
        answer = proceed()
        if operation == "GetImage":
            edit(answer["image"])
        return answer  # type: ignore[no-any-return]

    EditedImageBuilder(account, edited)


def home_copy(account: SimulatedAccount) -> str:
    """Return the id of the copy in the home Region."""
    (ami,) = [ami for region, _, ami in account.amis.amis if region == "eu-west-1"]
    return ami


# Home Region and output AMIs


@pytest.mark.parametrize("home_is_source", [True, False])
def test_wait_answers_the_home_ami_whether_it_is_a_copy_or_the_source(
    account: SimulatedAccount, home_is_source: bool
) -> None:
    """Image Builder may make no copy in the home Region and list the source there."""
    account.amis.home_is_source = home_is_source
    data = waited(account, created(account), properties={"AmiIds": HOME})
    assert data["AmiId.eu-west-1"] == (SOURCE_AMI if home_is_source else home_copy(account))


def test_wait_answers_the_copy_that_is_listed_after_the_source(account: SimulatedAccount) -> None:
    """GetImage may list the source AMI as well as the copies."""
    account.builder.script.outcomes.append(Outcome(lists_source="first"))
    data = waited(account, created(account), properties={"AmiIds": HOME})
    assert data["AmiId.eu-west-1"] == home_copy(account)


def test_wait_answers_the_amis_that_are_listed_only_at_the_end(account: SimulatedAccount) -> None:
    """GetImage may list no AMI while the distribution runs."""

    def edit(image: dict[str, Any]) -> None:
        if image["state"]["status"] != "AVAILABLE":
            image["outputResources"] = {"amis": []}

    edit_images(account, edit)
    data = waited(account, created(account), properties={"AmiIds": HOME})
    assert data["AmiId.eu-west-1"] == home_copy(account)


def test_delete_keeps_a_home_ami_without_the_tags_of_image_builder(account: SimulatedAccount) -> None:
    """Without its tag a copy cannot be told from a source that a parameter names: it is kept, the others go."""
    account.amis.parameters["/golden"] = SOURCE_AMI
    properties = {"SourceImage": "ssm:/golden", **AUTO_DELETE}
    arn = created(account, **properties)
    account.settle(60)
    home = home_copy(account)
    account.amis.here[home].tags.clear()
    deleted(account, arn, **properties)
    assert is_clean(account)
    assert account.copies == [home]


def test_delete_succeeds_if_amis_of_other_accounts_stay(account: SimulatedAccount) -> None:
    """The lifecycle execution may succeed although it does not reach another account."""
    arn = created(account, **AUTO_DELETE)
    account.settle(60)
    deregister = account.amis.deregister_ami

    def own_account_only(region: str, owner: str, ami: str, snapshots: bool) -> None:
        if owner == ACCOUNT:
            deregister(region, owner, ami, snapshots)

    account.amis.deregister_ami = own_account_only  # type: ignore[assignment, method-assign]
    deleted(account, arn, **AUTO_DELETE)
    assert is_clean(account)
    assert {owner for _, owner, _ in account.amis.amis} == {OTHER_ACCOUNT}


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
