"""A golden AMI in many Regions, and a launch template in each that starts it.

At home the launch template has the AMI's id, so that a deployment rolls it out. The other Regions' templates read it
from the SSM parameter that the distribution writes there: a reference from Region to Region would take a custom
resource more in each.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_imagebuilder as imagebuilder
from constructs import Construct

from cdk_image_distribution import ImageDistribution

PARAMETER = "/golden/linux"


class ManyRegions(cdk.Stack):
    """Distributes an AMI from its own Region to others, and starts it from a launch template at home."""

    def __init__(
        self, scope: Construct, id: str, *, source_image: str, regions: Sequence[str], env: cdk.Environment
    ) -> None:
        super().__init__(scope, id, env=env)
        configuration = imagebuilder.CfnDistributionConfiguration(
            self,
            "Configuration",
            name="many-regions",
            distributions=[
                {
                    "region": region,
                    "amiDistributionConfiguration": {"Name": "golden-{{ imagebuilder:buildDate }}"},
                    "ssmParameterConfigurations": [{"parameterName": PARAMETER}],
                }
                for region in (self.region, *regions)
            ],
        )
        # As long as the slowest Region takes.
        distribution = ImageDistribution(
            self,
            "Distribution",
            source_image=source_image,
            distribution_configuration=configuration,
            timeout=cdk.Duration.hours(3),
        )
        launch_template(self, distribution.machine_image())
        for region in regions:
            cdk.CfnOutput(self, f"Ami{region.replace('-', '')}", value=distribution.ami_id(region))


class Elsewhere(cdk.Stack):
    """Starts the AMI in another Region."""

    def __init__(self, scope: Construct, id: str, *, env: cdk.Environment) -> None:
        super().__init__(scope, id, env=env)
        launch_template(self, ec2.MachineImage.resolve_ssm_parameter_at_launch(PARAMETER))


def launch_template(stack: cdk.Stack, machine_image: ec2.IMachineImage) -> ec2.LaunchTemplate:
    """Make a launch template for an AMI, with instance metadata by session only."""
    return ec2.LaunchTemplate(
        stack,
        "LaunchTemplate",
        machine_image=machine_image,
        instance_type=ec2.InstanceType("t3.micro"),
        http_tokens=ec2.LaunchTemplateHttpTokens.REQUIRED,
    )


def stacks(app: cdk.App, *, source_image: str, account: str | None) -> list[cdk.Stack]:
    """Make the stack at home and one for each other Region, deployed after it."""
    regions = ("eu-central-1", "us-east-1")
    home = ManyRegions(
        app,
        "ManyRegions",
        source_image=source_image,
        regions=regions,
        env=cdk.Environment(account=account, region="eu-west-1"),
    )
    others = [
        Elsewhere(app, f"ManyRegions-{region}", env=cdk.Environment(account=account, region=region))
        for region in regions
    ]
    for other in others:
        other.add_dependency(home, "The distribution writes the parameter that the launch template reads.")
    return [home, *others]


def main() -> None:
    """Synthesise the app; the AMI is the context value `sourceImage`."""
    app = cdk.App()
    stacks(app, source_image=app.node.get_context("sourceImage"), account=os.environ.get("CDK_DEFAULT_ACCOUNT"))
    app.synth()


if __name__ == "__main__":
    main()
