"""Create and Update: one DistributeImage for each operation that needs one."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from cdk_image_distribution_handler.index import handler
from cdk_image_distribution_handler.starting import client_token

from .cloudformation import (
    CONFIGURATION_ARN,
    IMAGE_ARN,
    PROPERTIES,
    ROLE_ARN,
    STACK_ID,
    Answers,
    Context,
    event,
)

NEW_IMAGE_ARN = IMAGE_ARN.removesuffix("1") + "2"

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
def test_each_error_of_the_api_reaches_the_stack_event(
    image_builder: Stubber, answers: Answers, code: str, status: int
) -> None:
    """A refused create fails in AWS's own words, after what we were doing, under an id that is no image's."""
    image_builder.add_client_error("distribute_image", code, "AWS says why.", http_status_code=status)
    handler(event("Create"), Context())
    assert answers.only["Status"] == "FAILED"
    assert answers.only["Reason"] == f"Distributing ami-0123456789abcdef0: {code}: AWS says why."
    assert not answers.only["PhysicalResourceId"].startswith("arn:")


def test_a_failed_create_reports_the_same_id_at_each_retry(image_builder: Stubber, answers: Answers) -> None:
    """The physical id of a create without an image is derived from the operation, not random."""
    for _ in range(2):
        image_builder.add_client_error("distribute_image", "ClientException", "No.", http_status_code=400)
        handler(event("Create"), Context())
    first, second = answers.bodies
    assert first["PhysicalResourceId"] == second["PhysicalResourceId"] != ""


def test_a_long_reason_keeps_its_beginning(image_builder: Stubber, answers: Answers) -> None:
    """A reason has at most 256 characters, and what is cut off is its end."""
    image_builder.add_client_error(
        "distribute_image", "AccessDeniedException", "User: arn:aws:sts::1:assumed-role/Handler " + "x" * 500
    )
    handler(event("Create"), Context())
    reason = answers.only["Reason"]
    assert len(reason) <= 256
    assert reason.startswith("Distributing ami-0123456789abcdef0: AccessDeniedException: User: arn:aws:sts::1:")
    assert reason.endswith("(whole text in the log)")


def test_a_denial_names_role_and_action_whatever_their_names(image_builder: Stubber, answers: Answers) -> None:
    """IAM's longest names leave room for the action that was denied; the session, a repetition, gives way."""
    image_builder.add_client_error(
        "distribute_image",
        "AccessDeniedException",
        f"User: arn:aws:sts::123456789012:assumed-role/{'r' * 64}/{'f' * 64} is not authorized to perform: "
        "imagebuilder:DistributeImage on resource: arn:aws:imagebuilder:eu-west-1:123456789012:image/*",
    )
    handler(event("Create"), Context())
    assert f"assumed-role/{'r' * 64} is not authorized to perform: imagebuilder:DistributeImage" in answers.only["Reason"]
    assert len(answers.only["Reason"]) <= 256


@pytest.mark.parametrize(
    "change",
    [
        {"SourceImage": "ami-0fedcba9876543210"},
        {"DistributionConfigurationArn": CONFIGURATION_ARN + "-2"},
        {"Revision": "2"},
    ],
)
def test_an_update_of_what_or_where_starts_a_new_distribution(
    image_builder: Stubber, answers: Answers, change: dict[str, str]
) -> None:
    """Source, configuration and revision say what goes where: the new image replaces the old."""
    update = event("Update", PhysicalResourceId=IMAGE_ARN, OldResourceProperties=PROPERTIES)
    update["ResourceProperties"] |= change
    image_builder.add_response("distribute_image", started(NEW_IMAGE_ARN))
    handler(update, Context())
    assert answers.only["PhysicalResourceId"] == NEW_IMAGE_ARN
    assert answers.only["Data"] == {"ImageArn": NEW_IMAGE_ARN}


@pytest.mark.parametrize(
    "change",
    [{"ExecutionRole": ROLE_ARN + "2"}, {"LogGroupName": "/images"}, {"Tags": {"Team": "platform"}}],
)
def test_an_update_of_how_keeps_the_image(image_builder: Stubber, answers: Answers, change: dict[str, Any]) -> None:
    """Who distributes, where it logs and how it is tagged do not cost an hour's copying."""
    update = event("Update", PhysicalResourceId=IMAGE_ARN, OldResourceProperties=PROPERTIES)
    update["ResourceProperties"] |= change
    handler(update, Context())
    assert answers.only["Status"] == "SUCCESS"
    assert answers.only["PhysicalResourceId"] == IMAGE_ARN
    assert answers.only["Data"] == {"ImageArn": IMAGE_ARN}


def test_a_refused_update_keeps_the_old_image_as_physical_id(image_builder: Stubber, answers: Answers) -> None:
    """A failed update names the old image, so that the roll-back deletes nothing that is in use."""
    update = event("Update", PhysicalResourceId=IMAGE_ARN, OldResourceProperties=PROPERTIES)
    update["ResourceProperties"]["Revision"] = "2"
    image_builder.add_client_error("distribute_image", "ResourceNotFoundException", "No such image.")
    handler(update, Context())
    assert answers.only["Status"] == "FAILED"
    assert answers.only["PhysicalResourceId"] == IMAGE_ARN
