"""Update of a distribution: one new image for another source, configuration or revision, none for anything else."""

from __future__ import annotations

import pytest

from simulated_aws import CONFIGURATION_ARN, ROLE_ARN, SOURCE_AMI, SimulatedAccount

from .requests import CLEAN_UP, HANGING, starts, tags_of, update_request
from .steps import created, deleted, is_clean, update, updated

OWN = "cdk-image-distribution:"


@pytest.mark.parametrize(
    "change",
    [
        {"SourceImage": "ssm:/golden/ami"},
        {"DistributionConfigurationArn": f"{CONFIGURATION_ARN}-2"},
        {"Revision": "2"},
    ],
)
def test_update_of_the_content_starts_one_distribution(account: SimulatedAccount, change: dict[str, str]) -> None:
    """Source, configuration and revision decide; the old image stays until the clean-up and is named by a tag."""
    account.amis.parameters["/golden/ami"] = SOURCE_AMI
    account.builder.call(
        "CreateDistributionConfiguration", name="golden-2", distributions=[{"region": "eu-west-1"}], clientToken="2"
    )
    old = created(account)
    answer = update(account, old, change, {})
    new = answer["PhysicalResourceId"]
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"ImageArn": new})
    assert account.images == [old, new]
    assert account.builder.store.images[new].tags[f"{OWN}replaces"] == old
    deleted(account, old, CLEAN_UP)
    assert is_clean(account, but=(new,))


@pytest.mark.parametrize(
    "change",
    [
        {"ExecutionRole": f"{ROLE_ARN}2"},
        {"LogGroupName": "/images"},
        {"AutoDeleteAmis": "true", "LifecycleRole": "arn:aws:iam::123456789012:role/Lifecycle"},
    ],
)
def test_update_of_anything_else_keeps_the_image(account: SimulatedAccount, change: dict[str, str]) -> None:
    """Role, log group and clean-up do not change what is distributed where, so nothing is copied again."""
    arn = created(account)
    answer = update(account, arn, change, {})
    assert (answer["Status"], answer["PhysicalResourceId"], answer["Data"]) == ("SUCCESS", arn, {"ImageArn": arn})
    assert starts(account) == 1


def test_update_of_tags_changes_them_in_place(account: SimulatedAccount) -> None:
    """Tags are added, changed and removed; the ownership tags stay, and nothing is distributed."""
    before = {"Tags": {"Team": "a", "Old": "1"}}
    arn = created(account, **before)
    own = {key for key in account.builder.store.images[arn].tags if key.startswith(OWN)}
    assert updated(account, arn, {"Tags": {"Team": "b", "New": "1"}}, before) == arn
    assert tags_of(account, arn) == {"Team": "b", "New": "1"}
    assert own <= account.builder.store.images[arn].tags.keys()
    assert starts(account) == 1


def test_update_with_unchanged_tags_changes_no_user_tag(account: SimulatedAccount) -> None:
    """Nothing is sent that does not change anything."""
    before = {"Tags": {"Team": "a"}}
    arn = created(account, **before)
    updated(account, arn, {**before, "LogGroupName": "/images"}, before)
    assert account.calls("UntagResource") == []
    assert all("Team" not in call.parameters["tags"] for call in account.calls("TagResource"))


def test_update_that_is_refused_answers_the_old_image(account: SimulatedAccount) -> None:
    """A failed update names the old image, so that the rollback deletes nothing that is in use."""
    old = created(account)
    account.fail("DistributeImage", "ResourceNotFoundException", message="No such image.", times=None)
    answer = update(account, old, {"Revision": "2"}, {})
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", old)
    assert answer["Reason"] == "Starting the distribution: ResourceNotFoundException: No such image."


def test_update_whose_tags_are_refused_fails_with_the_reason(account: SimulatedAccount) -> None:
    """A change of tags that is not made must not be answered as made."""
    arn = created(account)
    account.fail("TagResource", "InvalidRequestException", message="Too many tags.", after=1, times=None)
    answer = update(account, arn, {"Tags": {"Team": "a"}}, {})
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert answer["Reason"] == "Changing the image's tags: InvalidRequestException: Too many tags."


def test_update_marks_the_image_that_it_names_as_held(account: SimulatedAccount) -> None:
    """What CloudFormation has named once is never swept."""
    arn = created(account)
    assert account.builder.store.images[arn].tags[f"{OWN}held"] == "no"
    updated(account, arn, {"Revision": "2"}, {})
    assert account.builder.store.images[arn].tags[f"{OWN}held"] == "yes"


def test_update_delivered_twice_starts_one_distribution(account: SimulatedAccount) -> None:
    """While CloudFormation waits for it, an Update is as repeatable as a Create."""
    account.services.latency = 2
    old = created(account)
    request = update_request(account, old, {"Revision": "2"})
    account.deliver_next(copies=2)
    account.function.send(request)
    account.settle()
    assert {answer["PhysicalResourceId"] for answer in account.answers_to(request)} == {account.images[1]}
    assert starts(account) == len(account.images) == 2
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("services", [("GetResources",), ("DescribeStackResource", "DescribeStacks")])
def test_update_without_the_service_that_finds_images_succeeds_in_minutes(
    account: SimulatedAccount, services: tuple[str, ...]
) -> None:
    """A function in a VPC may reach neither the tagging API nor CloudFormation; only the sweep needs them."""
    old = created(account)
    for operation in services:
        account.fail(operation, unreachable=True, times=None)
    began = account.now
    new = updated(account, old, {"Revision": "2"}, {})
    assert starts(account) == 2
    assert account.now - began <= 300
    account.heal()
    deleted(account, old, CLEAN_UP)
    assert account.images == [new]


def test_update_in_a_row_restores_an_earlier_revision_by_a_new_distribution(account: SimulatedAccount) -> None:
    """Outside of a rollback an older image with the same content is not used again: its source may have changed."""
    first = created(account, Revision="1")
    second = updated(account, first, {"Revision": "2"}, {"Revision": "1"})
    deleted(account, first, CLEAN_UP)
    third = updated(account, second, {"Revision": "1"}, {"Revision": "2"})
    assert third not in (first, second)
    assert starts(account) == 3


def test_update_while_the_old_image_is_running_starts_the_new_one(account: SimulatedAccount) -> None:
    """Without wait, the next update may come before the distribution is done; the clean-up cancels the old one."""
    account.builder.script.outcomes.append(HANGING)
    old = created(account)
    new = updated(account, old, {"Revision": "2"}, {})
    deleted(account, old, CLEAN_UP)
    account.settle()
    assert is_clean(account, but=(new,))


def test_live_image_is_not_removed_by_a_clean_up_that_the_read_does_not_show(account: SimulatedAccount) -> None:
    """CloudFormation's read still shows the image between the deleted one and the live one, which no wait has held."""
    old = created(account)
    account.settle(60)
    between = updated(account, old, {"Revision": "2"}, {})
    account.settle(10)
    live = updated(account, between, {"Revision": "3"}, {"Revision": "2"})
    account.stacks.lag = 8
    deleted(account, old, CLEAN_UP)
    account.settle()
    assert live in account.images


def test_live_image_is_not_removed_by_an_earlier_update_that_is_delivered_again(account: SimulatedAccount) -> None:
    """CloudFormation's read does not show the image that the later update has just started."""
    old = created(account)
    account.settle(60)
    earlier = update_request(account, old, {"Revision": "2"})
    between = account.operate(earlier)["PhysicalResourceId"]
    account.settle(60)
    account.stacks.lag = 15
    live = updated(account, between, {"Revision": "3"}, {"Revision": "2"})
    account.deliver(earlier)
    account.settle()
    assert live in account.images


def test_image_of_a_later_update_is_not_removed_by_an_earlier_one(account: SimulatedAccount) -> None:
    """An update that was given up goes on; the later one answers only after half a minute."""
    old = created(account)
    account.settle(60)
    account.fail("DescribeStacks", "Throttling", times=None, until=account.now + 50)
    given_up = update_request(account, old, {"Revision": "2"})
    account.function.send(given_up)
    account.settle(5)
    account.fail("PutAnswer", status=503, times=None, until=account.now + 120)
    live = updated(account, old, {"Revision": "3"}, {"Revision": "2"})
    account.settle()
    assert live in account.images
