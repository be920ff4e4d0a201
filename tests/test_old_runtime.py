"""The asset brings DistributeImage to a Lambda runtime whose boto3 does not know it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cdk_image_distribution._handler_asset import assemble

from . import environments

PROGRAM = """
import json, os, sys
os.environ.update(AWS_REGION="eu-west-1", AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x")
import boto3
plain = boto3.client("imagebuilder")
sys.path.insert(0, sys.argv[1])
from handler import index
from handler.aws import Aws
from botocore.stub import Stubber
client = Aws().image_builder
with Stubber(client) as stubber:
    stubber.add_response("distribute_image", {"imageBuildVersionArn": "arn:of:image"})
    arn = client.distribute_image(
        sourceImage="ami-1", distributionConfigurationArn="configuration", executionRole="role", clientToken="token"
    )["imageBuildVersionArn"]
print(json.dumps([boto3.__version__, hasattr(plain, "distribute_image"), index.__file__, arn]))
"""


@pytest.mark.e2e
def test_a_boto3_of_2024_distributes_with_the_asset(tmp_path: Path) -> None:
    """boto3 1.35.0 alone has no distribute_image; with the asset on its path it calls it."""
    requirements = environments.ROOT / "requirements" / "old-runtime.txt"
    python = environments.make(tmp_path / "venv", "--require-hashes", "-r", str(requirements))
    asset = str(assemble())
    version, knows, index, arn = json.loads(environments.run(python, "-c", PROGRAM, asset, cwd=tmp_path))
    assert version == "1.35.0"
    assert not knows
    assert index.startswith(asset)
    assert arn == "arn:of:image"
