"""A new version of this package: the function is updated, the image stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cdk_image_distribution import _handler_asset as handler_asset
from cdk_image_distribution import _provider as provider

from .deployment import Deployment
from .stacks import golden


def test_another_handler_distributes_nothing(
    deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another handler, deployed to a stack that is there, leaves its image; the stack's end takes the image along."""
    deployment.deploy(golden(deployment.source_ami))
    image_arn = deployment.outputs["ImageArn"]
    before = code_of(deployment)

    folder = tmp_path / "handler"
    shutil.copytree(handler_asset.assemble(), folder)
    index = folder / "handler" / "index.py"
    index.write_text(index.read_text() + "# Another version.\n")
    monkeypatch.setattr(provider, "assemble", lambda: folder)
    deployment.deploy(golden(deployment.source_ami))

    assert code_of(deployment) != before
    assert deployment.outputs["ImageArn"] == image_arn
    assert len(deployment.calls("DistributeImage")) == 1
    deployment.destroy()
    assert deployment.leftovers == {}


def code_of(deployment: Deployment) -> str:
    """Return the digest of the code that the stack's function runs."""
    resources = deployment.aws.client("cloudformation").describe_stack_resources(StackName=deployment.name)
    (function,) = (
        found["PhysicalResourceId"]
        for found in resources["StackResources"]
        if found["ResourceType"] == "AWS::Lambda::Function"
    )
    configuration = deployment.aws.client("lambda").get_function(FunctionName=function)["Configuration"]
    return str(configuration["CodeSha256"])
