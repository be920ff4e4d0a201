"""The examples of one account in one Region are deployed as they stand, and destroyed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from local_aws import LocalAws

from .deployment import assembly_of

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("example", "stack"),
    [("one_region", "OneRegion"), ("golden_ami", "GoldenAmi"), ("delete_with_amis", "DeleteWithAmis")],
)
def test_an_example_deploys_and_goes(aws: LocalAws, example: str, stack: str) -> None:
    """Its stack completes, distributes once, and leaves no image when it is destroyed."""
    aws.script()
    ami = aws.register_source_ami(stack)
    aws.client("ssm").put_parameter(Name="/golden/ami", Value=ami, Type="String", Overwrite=True)
    before = len(aws.calls("DistributeImage"))
    image_builder = aws.client("imagebuilder")
    images = image_builder.list_images()["imageVersionList"]
    app, context = f"{sys.executable} -m examples.{example}", {"sourceImage": ami}
    cloudformation = aws.client("cloudformation")
    try:
        run = aws.cdk("deploy", "--require-approval", "never", app=app, cwd=ROOT, context=context)
        app = assembly_of(run)
        (described,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        assert described["StackStatus"] == "CREATE_COMPLETE"
        (call,) = aws.calls("DistributeImage")[before:]
        assert call.parameters["sourceImage"] == ami
    finally:
        aws.cdk("destroy", "--force", app=app, cwd=ROOT, context=context)
    assert image_builder.list_images()["imageVersionList"] == images
