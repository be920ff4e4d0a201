"""Delete: the image's record goes, whatever state it is in, and what is gone already is no failure."""

from __future__ import annotations

import pytest
from botocore.stub import Stubber

from cdk_image_distribution_handler.index import handler

from .cloudformation import IMAGE_ARN, Answers, Context, event


def test_delete_removes_the_image_record(image_builder: Stubber, answers: Answers) -> None:
    """DeleteImage is called with the physical id."""
    image_builder.add_response("delete_image", {}, {"imageBuildVersionArn": IMAGE_ARN})
    handler(event("Delete", PhysicalResourceId=IMAGE_ARN), Context())
    assert answers.only["Status"] == "SUCCESS"
    assert answers.only["PhysicalResourceId"] == IMAGE_ARN


@pytest.mark.parametrize(
    "physical_id",
    ["Golden-Distribution830FAC52-1ABCDEF", "arn:aws:imagebuilder:eu-west-1:123456789012:image/golden/1.0.0"],
)
def test_delete_ignores_an_id_that_is_not_an_images(image_builder: Stubber, answers: Answers, physical_id: str) -> None:
    """CloudFormation invents an id for a create that was cut off: nothing is deleted by it."""
    handler(event("Delete", PhysicalResourceId=physical_id), Context())
    assert answers.only["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ResourceNotFoundException", "The resource was not there."),
        ("InvalidRequestException", "The image build version does not exist."),
    ],
)
def test_delete_of_what_is_gone_succeeds(image_builder: Stubber, answers: Answers, code: str, message: str) -> None:
    """An image that somebody deleted by hand does not keep its stack from being deleted."""
    image_builder.add_client_error("delete_image", code, message)
    handler(event("Delete", PhysicalResourceId=IMAGE_ARN), Context())
    assert answers.only["Status"] == "SUCCESS"


def test_a_refused_delete_fails_in_awss_words(image_builder: Stubber, answers: Answers) -> None:
    """Any other refusal fails the deletion, so that no image is left behind in silence."""
    image_builder.add_client_error("delete_image", "ResourceDependencyException", "It is shared.")
    handler(event("Delete", PhysicalResourceId=IMAGE_ARN), Context())
    assert answers.only["Status"] == "FAILED"
    assert answers.only["Reason"] == f"Deleting {IMAGE_ARN}: ResourceDependencyException: It is shared."
    assert answers.only["PhysicalResourceId"] == IMAGE_ARN
