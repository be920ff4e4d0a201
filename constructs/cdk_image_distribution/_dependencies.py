"""Dependencies between resources, in one round trip to jsii's kernel each."""

from __future__ import annotations

from aws_cdk import CfnResource


def depend(resource: CfnResource, target: CfnResource) -> None:
    """Let CloudFormation make a resource after another one."""
    # The name of 2026; aws-cdk-lib has printed a warning for the old one since.
    if hasattr(resource, "add_resource_dependency"):
        resource.add_resource_dependency(target)
    else:
        resource.add_dependency(target)
