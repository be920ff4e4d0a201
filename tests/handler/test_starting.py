"""Create: one DistributeImage, every parameter, and AWS's own words when it is refused."""

from __future__ import annotations

import pytest
from botocore.stub import ANY, Stubber

from cdk_image_distribution_handler.index import handler
from cdk_image_distribution_handler.starting import client_token
from local_aws.image_builder import Fault

from .cloudformation import CONFIGURATION_ARN, IMAGE_ARN, PROPERTIES, ROLE_ARN, STACK_ID, Answers, Context, event
from .world import START, World

# Image Builder API reference, DistributeImage, Errors.
ERRORS = {
    "ServiceException": 500,
    "ServiceUnavailableException": 503,
    "CallRateLimitExceededException": 429,
    "TooManyRequestsException": 429,
    "ServiceQuotaExceededException": 402,
    "AccessDeniedException": 403,
    "ForbiddenException": 403,
    "ResourceNotFoundException": 404,
    "ClientException": 400,
    "InvalidRequestException": 400,
    "IdempotentParameterMismatchException": 400,
    "ResourceInUseException": 400,
}


def started(image_arn: str = IMAGE_ARN) -> dict[str, str]:
    """Return what DistributeImage answers."""
    return {"clientToken": "token", "imageBuildVersionArn": image_arn}


def test_create_reports_the_image_as_physical_id_and_attribute(image_builder: Stubber, answers: Answers) -> None:
    """The ARN that DistributeImage returns is the physical id and `ImageArn`."""
    image_builder.add_response("distribute_image", started())
    handler(event("Create"), Context())
    assert answers.only["Status"] == "SUCCESS"
    assert answers.only["PhysicalResourceId"] == IMAGE_ARN
    assert answers.only["Data"] == {"ImageArn": IMAGE_ARN}


def test_create_passes_every_parameter_of_the_api(image_builder: Stubber, answers: Answers) -> None:
    """Each property arrives at DistributeImage as it stands, our own tags beside the user's."""
    create = event("Create")
    create["ResourceProperties"] |= {"LogGroupName": "/images/golden", "Tags": {"Team": "platform"}}
    create["ResourceProperties"]["Revision"] = "7"
    image_builder.add_response(
        "distribute_image",
        started(),
        {
            "sourceImage": PROPERTIES["SourceImage"],
            "distributionConfigurationArn": CONFIGURATION_ARN,
            "executionRole": ROLE_ARN,
            "loggingConfiguration": {"logGroupName": "/images/golden"},
            "clientToken": client_token(create),
            "tags": {
                "Team": "platform",
                "cdk-image-distribution:stack-id": STACK_ID,
                "cdk-image-distribution:logical-id": "Distribution830FAC52",
                "cdk-image-distribution:fingerprint": ANY,
                "cdk-image-distribution:operation": client_token(create),
            },
        },
    )
    handler(create, Context())
    assert answers.only["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    "source_image",
    [
        "ami-0123456789abcdef0",
        "ssm:/golden/ami",
        "ssm:arn:aws:ssm:eu-west-1:123456789012:parameter/golden/ami",
        "arn:aws:imagebuilder:eu-west-1:123456789012:image/golden/1.0.0/1",
    ],
)
def test_create_passes_each_kind_of_source(image_builder: Stubber, answers: Answers, source_image: str) -> None:
    """An AMI id, an SSM reference and an image ARN go to Image Builder unchanged."""
    create = event("Create")
    create["ResourceProperties"]["SourceImage"] = source_image
    image_builder.add_response(
        "distribute_image",
        started(),
        {
            "sourceImage": source_image,
            "distributionConfigurationArn": CONFIGURATION_ARN,
            "executionRole": ROLE_ARN,
            "clientToken": ANY,
            "tags": ANY,
        },
    )
    handler(create, Context())
    assert answers.only["Status"] == "SUCCESS"


def test_a_retried_delivery_has_the_same_token_and_a_new_operation_another() -> None:
    """Idempotency follows the CloudFormation operation: same RequestId, same token of 36 characters."""
    token = client_token(event("Create"))
    assert len(token) == 36
    assert client_token(event("Create")) == token
    assert client_token(event("Create", request_id="request-2")) != token
    assert client_token(event("Create", LogicalResourceId="Other")) != token
    assert client_token(event("Create", StackId=STACK_ID + "0")) != token


@pytest.mark.parametrize(("code", "status"), ERRORS.items())
def test_each_error_of_the_api_reaches_the_stack_event(world: World, code: str, status: int) -> None:
    """A refused create fails in AWS's own words, after what we were doing, under an id that is no image's."""
    world.builder.script.faults.append(Fault("DistributeImage", code, "AWS says why.", status, times=None))
    answer = world.operate(world.request("Create"))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == f"Distributing ami-0123456789abcdef0: {code}: AWS says why."
    assert not answer["PhysicalResourceId"].startswith("arn:")
    assert world.now - START < 300


def test_a_failed_create_reports_the_same_id_at_each_retry(world: World) -> None:
    """The physical id of a create without an image is derived from the operation, not random."""
    world.builder.script.faults.append(Fault("DistributeImage", "ClientException", times=None))
    create = world.request("Create")
    world.deliver(create)
    world.deliver(create)
    first, second = world.answers.bodies
    assert first["PhysicalResourceId"] == second["PhysicalResourceId"] != ""


@pytest.mark.parametrize(
    "fault",
    [
        Fault(
            "DistributeImage", "AccessDeniedException", "User: … is not authorized to perform: iam:PassRole", times=3
        ),
        Fault("DistributeImage", "InvalidRequestException", "The execution role cannot be assumed.", times=3),
    ],
)
def test_a_role_that_iam_does_not_know_yet_is_tried_again(world: World, fault: Fault) -> None:
    """A role made seconds ago may be refused for some: the create waits for it, within bounds."""
    world.builder.script.faults.append(fault)
    answer = world.operate(world.request("Create"))
    assert answer["Status"] == "SUCCESS"
    assert 0 < world.now - START <= 30


def test_a_long_reason_keeps_its_beginning(world: World) -> None:
    """A reason has at most 256 characters, and what is cut off is its end."""
    message = "User: arn:aws:sts::1:assumed-role/Handler " + "x" * 500
    world.builder.script.faults.append(Fault("DistributeImage", "AccessDeniedException", message, times=None))
    reason = world.operate(world.request("Create"))["Reason"]
    assert len(reason) <= 256
    assert reason.startswith("Distributing ami-0123456789abcdef0: AccessDeniedException: User: arn:aws:sts::1:")
    assert reason.endswith("(whole text in the log)")


def test_a_denial_names_role_and_action_whatever_their_names(world: World) -> None:
    """IAM's longest names leave room for the action that was denied; the session, a repetition, gives way."""
    message = (
        f"User: arn:aws:sts::123456789012:assumed-role/{'r' * 64}/{'f' * 64} is not authorized to perform: "
        "imagebuilder:DistributeImage on resource: arn:aws:imagebuilder:eu-west-1:123456789012:image/*"
    )
    world.builder.script.faults.append(Fault("DistributeImage", "AccessDeniedException", message, times=None))
    reason = world.operate(world.request("Create"))["Reason"]
    assert f"assumed-role/{'r' * 64} is not authorized to perform: imagebuilder:DistributeImage" in reason
    assert len(reason) <= 256
