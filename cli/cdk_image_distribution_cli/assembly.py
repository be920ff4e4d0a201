"""The distributions of a synthesised cloud assembly."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import configuration
from .configuration import RegionPlan
from .errors import UsageError
from .names import construct_name
from .stack import DISTRIBUTION
from .template_values import Resolver

_UNKNOWN = ("unknown-account", "unknown-region")


@dataclass(frozen=True)
class PlannedStack:
    """A stack of the assembly.

    Attributes:
        name: Its name.
        account: Its account, empty for that of the caller.
        region: Its Region, empty for that of the caller.
        template: Its template.
        deploy_role: ARN, with `${AWS::Partition}` in it, of the role that the CDK CLI assumes; empty for none.
        cloudformation_role: The same of the role that CloudFormation deploys with.
    """

    name: str
    account: str
    region: str
    template: Mapping[str, Any]
    deploy_role: str
    cloudformation_role: str


@dataclass(frozen=True)
class Planned:
    """A distribution of the assembly.

    Attributes:
        stack: Its stack.
        name: Its path of construct ids in the stack, or its logical id.
        account: Its account.
        region: Its Region.
        source: What it distributes; `Unresolved` if only the deployment knows.
        configuration_arn: ARN of a configuration that exists already, `Unresolved` for one that does not.
        plan: The Regions of a configuration in the assembly, None for one that exists already.
        execution_role: Name or ARN of a role that exists already, `Unresolved` for one that does not.
    """

    stack: PlannedStack
    name: str
    account: str
    region: str
    source: str
    configuration_arn: str
    plan: tuple[RegionPlan, ...] | None
    execution_role: str

    def accounts_of(self, region: RegionPlan) -> tuple[str, ...]:
        """Return the accounts that get a copy in a Region."""
        return region.accounts or (self.account,)


def read_stacks(folder: Path) -> list[PlannedStack]:
    """Return the stacks of an assembly, those of its stages and nested stacks included.

    Args:
        folder: The assembly, such as `cdk.out`.

    Raises:
        UsageError: The folder is no cloud assembly.
    """
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        raise UsageError(f"CDK_OUT must be a cloud assembly, got {folder}. Run cdk synth first.")
    found: list[PlannedStack] = []
    for id, artifact in json.loads(manifest.read_text("utf-8")).get("artifacts", {}).items():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            found += read_stacks(folder / properties["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            found += _stacks_of(folder, id, artifact, properties)
    return found


def distributions_of(stack: PlannedStack, account: str, region: str, partition: str) -> list[Planned]:
    """Return the distributions of a stack.

    Args:
        stack: The stack.
        account: The account for a stack that has none of its own.
        region: The Region for a stack that has none of its own.
        partition: The partition, such as `aws`.
    """
    account, region = stack.account or account, stack.region or region
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    pseudo = {
        "AWS::AccountId": account,
        "AWS::Region": region,
        "AWS::Partition": partition,
        "AWS::URLSuffix": suffix,
        "AWS::StackName": stack.name,
    }
    resolver = Resolver(stack.template, pseudo)
    found = []
    for logical_id, resource in stack.template.get("Resources", {}).items():
        if resource["Type"] != DISTRIBUTION:
            continue
        properties = resource["Properties"]
        reference = properties["DistributionConfigurationArn"]
        found.append(
            Planned(
                stack=stack,
                name=construct_name(resource, logical_id, stack.name),
                account=account,
                region=region,
                source=resolver.text(properties["SourceImage"]),
                configuration_arn=resolver.text(reference),
                plan=_plan_of(reference, resolver),
                execution_role=resolver.text(properties["ExecutionRole"]),
            )
        )
    return found


def roles_in(stacks: list[PlannedStack], name: str) -> dict[str, str]:
    """Return the trust policies, as text, of the roles of a name that stacks of the assembly make, by account."""
    return {
        stack.account: json.dumps(resource["Properties"].get("AssumeRolePolicyDocument"))
        for stack in stacks
        for resource in stack.template.get("Resources", {}).values()
        if resource["Type"] == "AWS::IAM::Role" and resource.get("Properties", {}).get("RoleName") == name
    }


def _stacks_of(
    folder: Path, id: str, artifact: Mapping[str, Any], properties: Mapping[str, Any]
) -> Iterator[PlannedStack]:
    account, region = artifact.get("environment", "aws:///").removeprefix("aws://").split("/")
    template = json.loads((folder / properties["templateFile"]).read_text("utf-8"))
    name = properties.get("stackName", id)
    outer = PlannedStack(
        name=name,
        account="" if account in _UNKNOWN else account,
        region="" if region in _UNKNOWN else region,
        template=template,
        deploy_role=_role(properties.get("assumeRoleArn", "")),
        cloudformation_role=_role(properties.get("cloudFormationExecutionRoleArn", "")),
    )
    yield outer
    for resource in template.get("Resources", {}).values():
        asset = resource.get("Metadata", {}).get("aws:asset:path", "")
        if resource["Type"] == "AWS::CloudFormation::Stack" and (folder / asset).is_file():
            inner = json.loads((folder / asset).read_text("utf-8"))
            yield PlannedStack(name, outer.account, outer.region, inner, outer.deploy_role, outer.cloudformation_role)


def _role(arn: str) -> str:
    # The bootstrap's roles are named with placeholders in a stack without an environment.
    return "" if "${AWS::AccountId}" in arn or "${AWS::Region}" in arn else arn


def _plan_of(reference: Any, resolver: Resolver) -> tuple[RegionPlan, ...] | None:
    if not isinstance(reference, Mapping):
        return None
    named = reference.get("Ref") or (reference.get("Fn::GetAtt") or [""])[0]
    resource = resolver.template.get("Resources", {}).get(named)
    if resource is None:
        return None
    distributions = resolver.resolve(resource.get("Properties", {}).get("Distributions", []))
    return configuration.parse(distributions if isinstance(distributions, list) else [])
