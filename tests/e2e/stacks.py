"""Stacks that several end-to-end tests deploy."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_imagebuilder as imagebuilder

from cdk_image_distribution import ImageDistribution

from .deployment import Declare

REGIONS = ("eu-west-1", "us-east-1")


def golden(
    source_image: str, *, team: str = "platform", amis: bool = False, then_fail: bool = False, **arguments: Any
) -> Declare:
    """Declare a distribution to two Regions, with its image's ARN as an output.

    Args:
        source_image: The AMI.
        team: A tag of the AMIs, in the configuration.
        amis: Whether the AMI of each Region is an output.
        then_fail: Whether a resource that cannot be created comes after the distribution.
        arguments: More arguments of ImageDistribution.
    """

    def declare(stack: cdk.Stack) -> ImageDistribution:
        settings = {"Name": "golden-{{ imagebuilder:buildDate }}", "AmiTags": {"Team": team}}
        configuration = imagebuilder.CfnDistributionConfiguration(
            stack,
            "Configuration",
            name=stack.stack_name.lower(),
            distributions=[{"region": region, "amiDistributionConfiguration": settings} for region in REGIONS],
        )
        distribution = ImageDistribution(
            stack,
            "Distribution",
            source_image=source_image,
            distribution_configuration=configuration,
            **arguments,
        )
        cdk.CfnOutput(stack, "ImageArn", value=distribution.image_arn)
        if amis:
            for region in REGIONS:
                cdk.CfnOutput(stack, "Ami" + region.replace("-", ""), value=distribution.ami_id(region))
        if then_fail:
            # Refused, since a configuration of that name is there.
            failing = imagebuilder.CfnDistributionConfiguration(
                stack, "Failing", name=stack.stack_name.lower(), distributions=[{"region": "eu-west-1"}]
            )
            failing.node.add_dependency(distribution)
        return distribution

    return declare
