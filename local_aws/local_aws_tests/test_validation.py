"""Requests are held against the constraints of Image Builder's own model."""

from typing import Any

import pytest

from local_aws.image_builder import ServiceError
from local_aws.image_builder.model import service_model
from local_aws.image_builder.validation import validate
from local_aws_tests.stand_in import StandIn


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"sourceImage": "a" * 1025}, "'sourceImage' failed to satisfy constraint: Member must have length less"),
        ({"sourceImage": ""}, "'sourceImage' failed to satisfy constraint: Member must have length greater"),
        ({"distributionConfigurationArn": "arn:aws:s3:::b"}, "Member must satisfy regular expression pattern"),
        ({"executionRole": "a role"}, "'executionRole' failed to satisfy constraint: Member must satisfy regular"),
        ({"clientToken": "t" * 65}, "Member must have length less than or equal to 64"),
        ({"clientToken": None}, "Value null at 'clientToken' failed to satisfy constraint: Member must not be null"),
        ({"tags": {f"k{n}": "v" for n in range(51)}}, "Member must have length less than or equal to 50"),
        ({"tags": {}}, "Member must have length greater than or equal to 1"),
        ({"tags": {"aws:mine": "v"}}, "at 'tags.key' failed to satisfy constraint: Member must satisfy regular"),
        ({"tags": {"k": "v" * 257}}, "at 'tags.k' failed to satisfy constraint: Member must have length less"),
        ({"tags": ["k"]}, "at 'tags' failed to satisfy constraint: Member must be a map"),
        ({"loggingConfiguration": {"logGroupName": "a b"}}, "at 'loggingConfiguration.logGroupName' failed"),
    ],
)
def test_a_request_that_breaks_a_constraint_is_refused(
    stand_in: StandIn, changed: dict[str, Any], constraint: str
) -> None:
    """DistributeImage names the member and the constraint that it breaks, and starts nothing."""
    with pytest.raises(ServiceError) as refusal:
        stand_in.distribute(**changed)

    assert refusal.value.code == "InvalidRequestException"
    assert refusal.value.message.startswith("1 validation error detected: ")
    assert constraint in refusal.value.message
    assert not stand_in.builder.store.images


def test_every_broken_constraint_is_named(stand_in: StandIn) -> None:
    """One refusal names them all, so that they can be corrected at once."""
    with pytest.raises(ServiceError, match="2 validation errors detected"):
        stand_in.distribute(sourceImage="", clientToken="")


def test_constraints_hold_in_the_depth_of_a_list(stand_in: StandIn) -> None:
    """A member of a structure in a list is checked as one at the top is."""
    with pytest.raises(ServiceError, match=r"'distributions\.2\.member\.region' failed"):
        stand_in.configure("deep", [{"region": "eu-west-1"}, {}])


def test_an_enum_holds() -> None:
    """A value outside of an enum is refused with the values that are allowed."""
    shape = service_model().operation_model("StartResourceStateUpdate").input_shape
    with pytest.raises(ServiceError, match="Member must satisfy enum value set: "):
        validate(shape, {"resourceArn": "", "state": {"status": "GONE"}, "clientToken": "t"})


def test_a_number_is_held_against_its_range() -> None:
    """A page holds 1 to 100 results."""
    shape = service_model().operation_model("ListImages").input_shape
    validate(shape, {"maxResults": 100})
    with pytest.raises(ServiceError, match="Member must have value less than or equal to 100"):
        validate(shape, {"maxResults": 101})
