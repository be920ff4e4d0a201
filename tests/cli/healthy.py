"""An account in which every check passes, and assemblies to check there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cdk_image_distribution_cli import checks
from cdk_image_distribution_cli.assembly import read_stacks
from cdk_image_distribution_cli.aws import Aws
from cdk_image_distribution_cli.checks import Result
from cdk_image_distribution_cli.stack import DISTRIBUTION

from .fake_aws import ACCOUNT, REGION, FakeAws, Refused

AMI = "ami-0123456789abcdef0"
ENVIRONMENT = f"aws://{ACCOUNT}/{REGION}"


def healthy() -> FakeAws:
    """Return an account with the source AMI, and whatever is asked for."""
    fake = FakeAws()
    fake.amis[REGION] = [
        {"ImageId": AMI, "State": "available", "BlockDeviceMappings": [{"Ebs": {"SnapshotId": "snap-1"}}]}
    ]
    fake.answers = {
        "DescribeRegions": lambda region, asked: {
            "Regions": [
                {"RegionName": "eu-west-1", "OptInStatus": "opt-in-not-required"},
                {"RegionName": "us-east-1", "OptInStatus": "opt-in-not-required"},
                {"RegionName": "af-south-1", "OptInStatus": "opted-in"},
                {"RegionName": "me-central-1", "OptInStatus": "not-opted-in"},
            ]
        },
        "DescribeKey": lambda region, asked: {
            "KeyMetadata": {"KeyId": asked["KeyId"], "KeyState": "Enabled", "KeyManager": "CUSTOMER"}
        },
        "DescribeLaunchTemplates": lambda region, asked: {"LaunchTemplates": []},
        "DescribeParameters": lambda region, asked: {"Parameters": []},
        "GetServiceQuota": lambda region, asked: {"Quota": {"Value": 50000.0}},
        "GetRole": lambda region, asked: {"Role": role(asked["RoleName"])},
        "SimulatePrincipalPolicy": lambda region, asked: {
            "EvaluationResults": [
                {"EvalActionName": action, "EvalDecision": "allowed"} for action in asked["ActionNames"]
            ]
        },
    }
    return fake


def role(name: str, trusted: Sequence[str] = ("imagebuilder.amazonaws.com", ACCOUNT)) -> dict[str, Any]:
    """Return a role that is trusted by everybody in question."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": list(trusted)}}
    return {"Arn": f"arn:aws:iam::{ACCOUNT}:role/path/{name}", "AssumeRolePolicyDocument": json.dumps(statement)}


def refuse(fake: FakeAws, operation: str, code: str, message: str = "") -> None:
    """Let an operation be refused."""
    fake.refused[operation] = Refused(code, message)


def stack_template(
    regions: Sequence[Mapping[str, Any]],
    *,
    source: Any = AMI,
    configuration: Any = None,
    role: Any = None,
    number: int = 1,
) -> dict[str, Any]:
    """Return a template with distributions to these Regions, as the construct writes it."""
    resources: dict[str, Any] = {
        "Function": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["FunctionRole", "Arn"]}}},
        "FunctionRole": {"Type": "AWS::IAM::Role", "Properties": {}},
        "FunctionPolicy": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "Roles": [{"Ref": "FunctionRole"}],
                "PolicyDocument": {
                    "Statement": [
                        {"Action": ["imagebuilder:DistributeImage", "imagebuilder:GetImage"], "Resource": "*"},
                        {"Action": "iam:PassRole", "Resource": "*"},
                    ]
                },
            },
        },
        "Role": {"Type": "AWS::IAM::Role", "Properties": {}},
        "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
    }
    for index in range(number):
        resources[f"Configuration{index}"] = {
            "Type": "AWS::ImageBuilder::DistributionConfiguration",
            "Properties": {"Name": "golden", "Distributions": list(regions)},
        }
        resources[f"Distribution{index}"] = {
            "Type": DISTRIBUTION,
            "Metadata": {"aws:cdk:path": f"Golden/Distribution{index}/Resource"},
            "Properties": {
                "SourceImage": source,
                "DistributionConfigurationArn": configuration or {"Fn::GetAtt": [f"Configuration{index}", "Arn"]},
                "ExecutionRole": role or {"Fn::GetAtt": ["Role", "Arn"]},
                "ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]},
            },
        }
    return {"Resources": resources}


def region(name: str = REGION, **settings: Any) -> dict[str, Any]:
    """Return the distribution to a Region: settings of its AMI by their names in a template."""
    return {"Region": name, "AmiDistributionConfiguration": {"Name": "golden", **settings}}


def write(
    folder: Path, templates: Mapping[str, Mapping[str, Any]], environment: str = ENVIRONMENT, **more: Any
) -> Path:
    """Write a cloud assembly with these stacks."""
    folder.mkdir(exist_ok=True, parents=True)
    artifacts = {}
    for name, template in templates.items():
        (folder / f"{name}.json").write_text(json.dumps(template))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": environment,
            "properties": {"templateFile": f"{name}.json", **more},
        }
    (folder / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": artifacts}))
    return folder


def run(fake: FakeAws, folder: Path, role_name: str = "") -> list[Result]:
    """Check an assembly."""
    return checks.run(Aws(fake.session(), role_name), read_stacks(folder))


def only(results: Sequence[Result], check: str) -> Result:
    """Return the one result of a check."""
    (found,) = (result for result in results if result.check == check)
    return found
