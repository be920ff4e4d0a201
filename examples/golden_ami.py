"""A golden AMI that a pipeline publishes as an SSM parameter: a new value is distributed by the next deployment.

What comes next uses what the distribution made, and so comes after it; who is on call hears of a failure.
"""

import aws_cdk as cdk
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from cdk_image_distribution import ImageDistribution, SourceImage


class GoldenAmi(cdk.Stack):
    """Distributes the AMI whose id an SSM parameter holds, and then releases it by another parameter."""

    def __init__(self, scope: Construct, id: str, *, parameter: str) -> None:
        super().__init__(scope, id)
        configuration = imagebuilder.CfnDistributionConfiguration(
            self,
            "Configuration",
            name="golden-ami",
            distributions=[
                {
                    "region": self.region,
                    "amiDistributionConfiguration": {"Name": "golden-{{ imagebuilder:buildDate }}"},
                }
            ],
        )
        distribution = ImageDistribution(
            self,
            "Distribution",
            source_image=SourceImage.from_ssm_parameter(parameter),
            distribution_configuration=configuration,
        )
        topic = sns.Topic(self, "OnCall", enforce_ssl=True)
        distribution.on_failure("Failed", target=targets.SnsTopic(topic))

        # Written when the AMI is there; if it never is, the old value stays.
        ssm.StringParameter(
            self, "Released", parameter_name="/golden/released", string_value=distribution.ami_id(self.region)
        )


def main() -> None:
    """Synthesise the app; the parameter is the context value `parameter`, or else `/golden/ami`."""
    app = cdk.App()
    GoldenAmi(app, "GoldenAmi", parameter=app.node.try_get_context("parameter") or "/golden/ami")
    app.synth()


if __name__ == "__main__":
    main()
