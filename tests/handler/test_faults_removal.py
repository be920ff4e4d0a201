"""Faults 4, 11 and 15: a Delete of AMIs succeeds, keeps the source AMI, and takes nothing for gone that is not."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Outcome
from simulated_aws import ACCOUNT, PROPERTIES, SOURCE_AMI, SimulatedAccount

from .steps import create, created, delete, deleted, is_clean, update, updated

LIFECYCLE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/Lifecycle"
AUTO_DELETE: dict[str, Any] = {"AutoDeleteAmis": "true", "LifecycleRole": LIFECYCLE_ROLE}


@pytest.fixture
def finished(account: SimulatedAccount) -> str:
    """An image whose distribution is done."""
    arn = created(account, **AUTO_DELETE)
    account.settle(60)
    return arn


def test_auto_delete_switched_off_with_a_new_source_keeps_the_new_and_deletes_the_old(
    account: SimulatedAccount, finished: str
) -> None:
    """The clean-up's Delete has the old properties: the AMIs of the old image go, those of the new one stay."""
    new = updated(account, finished, {"Revision": "2"}, AUTO_DELETE)
    account.settle(60)
    deleted(account, finished, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", **AUTO_DELETE)
    assert account.images == [new]
    assert {ami["image"] for ami in account.builder.store.images[new].copies} == set(account.copies)


def test_image_of_an_update_that_rolls_back_is_deleted_with_its_amis(account: SimulatedAccount, finished: str) -> None:
    """A distribution whose image CloudFormation names is deleted as the user asked, in a rollback too."""
    new = updated(account, finished, {**AUTO_DELETE, "Revision": "2"}, AUTO_DELETE)
    account.settle(60)
    assert updated(account, new, AUTO_DELETE, {**AUTO_DELETE, "Revision": "2"}, "UPDATE_ROLLBACK_IN_PROGRESS") == (
        finished
    )
    deleted(account, new, "UPDATE_ROLLBACK_IN_PROGRESS", Revision="2", **AUTO_DELETE)
    assert account.images == [finished]
    assert {ami["image"] for ami in account.builder.store.images[finished].copies} == set(account.copies)


def test_amis_of_an_image_that_was_never_named_are_kept(account: SimulatedAccount, finished: str) -> None:
    """Only the AMIs of an image that CloudFormation named are deleted; tags alone are no order to delete."""
    before = set(account.copies)
    account.fail("DistributeImage", lost=True)
    account.fail("DistributeImage", "ResourceInUseException", times=None)
    assert update(account, finished, {**AUTO_DELETE, "Revision": "2"}, AUTO_DELETE)["Status"] == "FAILED"
    account.heal()
    account.settle(60)
    copied = set(account.copies) - before
    assert copied
    deleted(account, finished, **AUTO_DELETE)
    assert is_clean(account)
    assert set(account.copies) == copied


@pytest.mark.parametrize("home_is_source", [True, False])
@pytest.mark.parametrize("tags_source", [True, False])
@pytest.mark.parametrize("state", ["available", "disabled", "deprecated"])
@pytest.mark.parametrize("age", [86_400, 1, 0])
def test_source_ami_is_kept(
    account: SimulatedAccount, home_is_source: bool, tags_source: bool, state: str, age: int
) -> None:
    """The source survives, whether the home Region lists it or a copy, in whatever state and however young it is."""
    account.amis.home_is_source, account.amis.tags_source = home_is_source, tags_source
    account.amis.here[SOURCE_AMI].created = account.now - age
    arn = created(account, **AUTO_DELETE)
    account.settle(60)
    source = account.amis.here[SOURCE_AMI]
    source.disabled, source.deprecated = state == "disabled", state == "deprecated"
    deleted(account, arn, **AUTO_DELETE)
    assert is_clean(account)
    assert account.copies == []
    assert SOURCE_AMI not in account.amis.deregistered


@pytest.mark.parametrize("home_is_source", [True, False])
@pytest.mark.parametrize("tags_source", [True, False])
def test_source_ami_named_by_a_parameter_is_kept(
    account: SimulatedAccount, home_is_source: bool, tags_source: bool
) -> None:
    """Its id is not known: a copy is what is younger than the distribution and carries the image's ARN."""
    account.amis.home_is_source, account.amis.tags_source = home_is_source, tags_source
    account.amis.parameters["/golden"] = SOURCE_AMI
    arn = created(account, SourceImage="ssm:/golden", **AUTO_DELETE)
    account.settle(60)
    deleted(account, arn, SourceImage="ssm:/golden", **AUTO_DELETE)
    assert is_clean(account)
    assert SOURCE_AMI not in account.amis.deregistered


def test_copy_that_cannot_be_told_from_the_source_is_kept(account: SimulatedAccount) -> None:
    """Without dates nothing says that the AMI of the home Region is a copy; the other Regions' are deleted."""
    account.amis.parameters["/golden"] = SOURCE_AMI
    arn = created(account, SourceImage="ssm:/golden", **AUTO_DELETE)
    account.settle(60)
    account.omitted.add("image.dateCreated")
    home = [copy["image"] for copy in account.builder.store.images[arn].copies if copy["region"] == "eu-west-1"]
    deleted(account, arn, SourceImage="ssm:/golden", **AUTO_DELETE)
    assert is_clean(account)
    assert account.copies == home


def image_source(account: SimulatedAccount) -> str:
    """Make an image of Image Builder to distribute, whose AMI in the home Region is SOURCE_AMI, and return its ARN."""
    base = created(account, Revision="base")
    account.settle(60)
    for copy in account.builder.store.images[base].copies:
        if copy["region"] == "eu-west-1":
            account.amis.here.pop(copy["image"])
            copy["image"] = SOURCE_AMI
    return base


@pytest.mark.parametrize("home_is_source", [True, False])
@pytest.mark.parametrize("age", [86_400, 0])
def test_source_ami_named_by_an_image_is_kept(account: SimulatedAccount, home_is_source: bool, age: int) -> None:
    """The source image lists the source AMI, so that its id is known; copies are deleted in every Region."""
    base = image_source(account)
    account.amis.home_is_source = home_is_source
    account.amis.here[SOURCE_AMI].created = account.now - age
    before = set(account.copies)
    properties = {"SourceImage": base, **AUTO_DELETE}
    arn = account.operate(
        account.request("Create", LogicalResourceId="Second", ResourceProperties={**PROPERTIES, **properties})
    )["PhysicalResourceId"]
    account.settle(60)
    account.amis.here[SOURCE_AMI].tags["Ec2ImageBuilderArn"] = arn
    delete_it = account.request(
        "Delete",
        LogicalResourceId="Second",
        PhysicalResourceId=arn,
        ResourceProperties={**PROPERTIES, **properties},
    )
    assert account.operate(delete_it)["Status"] == "SUCCESS"
    assert account.images == [base]
    assert SOURCE_AMI not in account.amis.deregistered
    assert set(account.copies) == before


@pytest.mark.parametrize("is_tagged", [True, False])
def test_copy_of_a_parameters_ami_is_deleted_if_it_carries_the_images_arn(
    account: SimulatedAccount, is_tagged: bool
) -> None:
    """The source's id is not known, so a younger AMI counts as a copy only with Image Builder's tag."""
    account.amis.parameters["/golden"] = SOURCE_AMI
    arn = created(account, SourceImage="ssm:/golden", **AUTO_DELETE)
    account.settle(60)
    (home,) = (copy["image"] for copy in account.builder.store.images[arn].copies if copy["region"] == "eu-west-1")
    account.amis.here[home].tags = {"Ec2ImageBuilderArn": arn} if is_tagged else {}
    deleted(account, arn, SourceImage="ssm:/golden", **AUTO_DELETE)
    assert account.copies == ([] if is_tagged else [home])


NOT_GONE = [
    ("ServiceException", "The role arn:aws:iam::123456789012:role/R was not found.", 500),
    ("InvalidRequestException", "The KMS key alias/golden does not exist.", 400),
    ("ClientException", "The execution role could not be found.", 400),
    ("ServiceUnavailableException", "{arn} was not found.", 503),
]


@pytest.mark.parametrize(("code", "message", "status"), NOT_GONE)
@pytest.mark.parametrize("operation", ["GetImage", "DeleteImage"])
def test_what_is_said_of_a_role_or_key_is_no_missing_image(
    account: SimulatedAccount, finished: str, operation: str, code: str, message: str, status: int
) -> None:
    """A Delete that succeeded on such an error would orphan the image."""
    message = message.replace("{arn}", finished)
    account.fail(operation, code, message=message, status=status, times=1)
    answer = delete(account, finished)
    assert (answer["Status"] == "FAILED") == (finished in account.images)
    account.heal()
    deleted(account, finished)
    assert is_clean(account)


@pytest.mark.parametrize(
    ("code", "message", "status"),
    [
        ("ResourceNotFoundException", "Nothing there.", 404),
        ("ClientException", "The following required resource 'Image' cannot be found: '{arn}'", 400),
        ("InvalidParameterValueException", "Image {arn} does not exist.", 400),
    ],
)
def test_missing_image_is_recognised_by_code_or_by_its_arn(
    account: SimulatedAccount, finished: str, code: str, message: str, status: int
) -> None:
    """Whichever error Image Builder gives for an image that does not exist, its Delete succeeds."""
    account.builder.call("DeleteImage", imageBuildVersionArn=finished)
    account.fail("GetImage", code, message=message.replace("{arn}", finished), status=status, times=None)
    deleted(account, finished)


@pytest.mark.parametrize("operation", ["CancelImageCreation", "DeleteImage", "StartResourceStateUpdate"])
def test_denial_for_an_image_that_vanished_is_no_failure(account: SimulatedAccount, operation: str) -> None:
    """The permission asks for the image's tags, and a missing image has none: Image Builder may deny the call."""
    account.builder.script.outcomes.append(Outcome(distributing=1000 if operation.startswith("Cancel") else 1))
    arn = created(account, **AUTO_DELETE)
    account.settle(60)

    def vanish() -> None:
        account.builder.store.images.pop(arn, None)

    account.fail(operation, "AccessDeniedException", status=403, times=None, seconds=1)
    account.simulation.at(account.now + 0.5, vanish)
    deleted(account, arn, **AUTO_DELETE)
    account.settle(120)
    assert is_clean(account)


def test_failed_deletion_of_amis_fails_the_delete_and_a_second_one_succeeds(
    account: SimulatedAccount,
) -> None:
    """The reason says what to fix; the image is kept until its AMIs are deleted."""
    account.builder.script.outcomes.append(Outcome(lifecycle_failures=("The role may not deregister.",)))
    answer = create(account, **AUTO_DELETE)
    arn = answer["PhysicalResourceId"]
    account.settle(60)
    first = delete(account, arn, **AUTO_DELETE)
    assert first["Status"] == "FAILED"
    assert first["Reason"].startswith("Deleting the AMIs FAILED: The role may not deregister. Fix the cause")
    assert account.images == [arn]
    deleted(account, arn, **AUTO_DELETE)
    assert is_clean(account)
    assert account.copies == []
