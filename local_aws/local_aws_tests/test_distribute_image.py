"""DistributeImage: what it starts, and what it refuses."""

import re
from typing import Any

import pytest

from local_aws.image_builder import ServiceError
from local_aws.image_builder.model import service_model
from local_aws_tests.stand_in import AMI, ROLE, StandIn


def refused(stand_in: StandIn, **changed: Any) -> ServiceError:
    """The error of a DistributeImage that must not start anything."""
    images = len(stand_in.builder.store.images)
    with pytest.raises(ServiceError) as refusal:
        stand_in.distribute(**changed)
    assert len(stand_in.builder.store.images) == images
    return refusal.value


def test_it_answers_an_image_that_is_pending(stand_in: StandIn) -> None:
    """The ARN has the form of the API, and GetImage knows it at once, with the tags of the request."""
    request = stand_in.request(tags={"Team": "platform"})
    answer = stand_in.call("DistributeImage", **request)
    arn = answer["imageBuildVersionArn"]

    assert answer["clientToken"] == request["clientToken"]
    assert re.search(service_model().shape_for("ImageBuildVersionArn").metadata["pattern"], arn)
    assert stand_in.status(arn) == "PENDING"
    assert stand_in.image(arn)["tags"] == {"Team": "platform"}


def test_the_same_request_again_gets_the_first_answer(stand_in: StandIn) -> None:
    """Nothing starts a second time."""
    request = stand_in.request()
    first = stand_in.call("DistributeImage", **request)

    assert stand_in.call("DistributeImage", **request) == first
    assert len(stand_in.builder.store.images) == 1


def test_a_token_is_remembered_beyond_its_image(stand_in: StandIn) -> None:
    """The answer is the ARN of an image that is gone: a token must not be used for a new distribution."""
    request = stand_in.request()
    arn = stand_in.call("DistributeImage", **request)["imageBuildVersionArn"]
    stand_in.wait()
    stand_in.call("DeleteImage", imageBuildVersionArn=arn)

    assert stand_in.call("DistributeImage", **request)["imageBuildVersionArn"] == arn
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        stand_in.image(arn)


def test_a_token_with_other_parameters_is_refused(stand_in: StandIn) -> None:
    """Even when only a tag differs."""
    request = stand_in.request()
    stand_in.call("DistributeImage", **request)

    assert refused(stand_in, **{**request, "tags": {"k": "v"}}).code == "IdempotentParameterMismatchException"


def test_a_refused_request_leaves_its_token_free(stand_in: StandIn) -> None:
    """The same token starts the distribution once what was missing is there."""
    request = stand_in.request(sourceImage="ami-0fedcba9876543210")
    refused(stand_in, **request)
    stand_in.backend.source_amis.add("ami-0fedcba9876543210")

    assert stand_in.call("DistributeImage", **request)["clientToken"] == request["clientToken"]


def test_a_configuration_that_does_not_exist_is_not_found(stand_in: StandIn) -> None:
    """The message names its ARN."""
    arn = stand_in.builder.store.arn("distribution-configuration/none")
    error = refused(stand_in, distributionConfigurationArn=arn)

    assert (error.code, error.message) == (
        "ResourceNotFoundException",
        f"The following required resource 'DistributionConfiguration' cannot be found: '{arn}'",
    )


@pytest.mark.parametrize("source", ["ami-0fedcba9876543210", "ssm:/none"])
def test_a_source_that_does_not_exist_is_not_found(stand_in: StandIn, source: str) -> None:
    """Whether it is an AMI or a parameter."""
    assert refused(stand_in, sourceImage=source).code == "ResourceNotFoundException"


def test_a_source_that_is_nothing_of_the_kind_is_refused(stand_in: StandIn) -> None:
    """A name is no AMI id, no parameter and no image."""
    assert refused(stand_in, sourceImage="golden").code == "InvalidRequestException"


@pytest.mark.parametrize("source", ["ssm:/golden/ami", "ssm:arn:aws:ssm:eu-west-1:111122223333:parameter/golden/ami"])
def test_a_parameter_is_resolved(stand_in: StandIn, source: str) -> None:
    """By its name and by its ARN; the copies are made from the AMI that it holds."""
    stand_in.backend.parameters["/golden/ami"] = AMI
    stand_in.finish(sourceImage=source)

    assert {copy.source for copy in stand_in.backend.amis.values()} == {AMI}


def test_a_public_parameter_needs_a_permission_without_an_account(stand_in: StandIn) -> None:
    """As AWS names it; the stand-in asks IAM for that ARN."""
    stand_in.backend.parameters["/aws/service/golden"] = AMI
    stand_in.distribute(sourceImage="ssm:/aws/service/golden")

    assert ("ssm:GetParameter", "arn:aws:ssm:eu-west-1::parameter/aws/service/golden") in stand_in.backend.asked


def test_a_parameter_that_holds_no_ami_is_refused(stand_in: StandIn) -> None:
    """What it holds is in the message."""
    stand_in.backend.parameters["/golden/ami"] = "latest"

    assert "'latest'" in refused(stand_in, sourceImage="ssm:/golden/ami").message


def test_an_image_is_resolved_to_its_ami_here(stand_in: StandIn) -> None:
    """By its own ARN and by the ARN of its version."""
    first = stand_in.finish()
    here = next(copy["image"] for copy in stand_in.image(first)["outputResources"]["amis"])
    for source in (first, first.rpartition("/")[0]):
        second = stand_in.distribute(sourceImage=source)

        assert stand_in.builder.store.images[second].source == here


def test_an_image_that_is_not_available_is_refused(stand_in: StandIn) -> None:
    """Its status is in the message."""
    assert "its status is PENDING" in refused(stand_in, sourceImage=stand_in.distribute()).message


def test_an_image_without_an_ami_here_is_refused(stand_in: StandIn) -> None:
    """The source has to be in the Region of the call."""
    elsewhere = stand_in.configure("elsewhere", [{"region": "us-east-1"}])
    source = stand_in.finish(distributionConfigurationArn=elsewhere)

    assert "has no AMI in eu-west-1" in refused(stand_in, sourceImage=source).message


@pytest.mark.parametrize("role", [ROLE, "execution"])
def test_a_role_that_may_not_be_passed_is_denied(stand_in: StandIn, role: str) -> None:
    """In the words of IAM, whether the role is given by ARN or by name."""
    stand_in.backend.denied["iam:PassRole"] = "User: u is not authorized to perform: iam:PassRole"
    error = refused(stand_in, executionRole=role)

    assert stand_in.backend.asked[-1] == ("iam:PassRole", ROLE)
    assert stand_in.backend.contexts[-1] == {"iam:PassedToService": "imagebuilder.amazonaws.com"}
    assert (error.code, error.status) == ("AccessDeniedException", 403)
    assert error.message == "User: u is not authorized to perform: iam:PassRole"


def test_tags_need_a_permission_of_their_own(stand_in: StandIn) -> None:
    """A caller who may distribute and not tag is denied only when there are tags."""
    stand_in.backend.denied["imagebuilder:TagResource"] = "not authorized"

    assert refused(stand_in, tags={"k": "v"}).code == "AccessDeniedException"
    assert stand_in.distribute()


def test_a_role_that_cannot_be_assumed_is_refused(stand_in: StandIn) -> None:
    """As one is that IAM does not know yet."""
    stand_in.backend.role_problems[ROLE] = "cannot be assumed"
    error = refused(stand_in)

    assert (error.code, error.message) == ("InvalidRequestException", "cannot be assumed")
