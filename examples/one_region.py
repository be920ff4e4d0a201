"""A golden AMI copied within its Region: the copy has a name, tags and an id of its own."""

import aws_cdk as cdk
from aws_cdk import aws_imagebuilder as imagebuilder
from constructs import Construct

from cdk_image_distribution import ImageDistribution


class OneRegion(cdk.Stack):
    """Distributes an AMI within the stack's Region, whichever that is."""

    def __init__(self, scope: Construct, id: str, *, source_image: str) -> None:
        super().__init__(scope, id)
        configuration = imagebuilder.CfnDistributionConfiguration(
            self,
            "Configuration",
            name="one-region",
            distributions=[
                {
                    "region": self.region,
                    "amiDistributionConfiguration": {
                        "Name": "golden-{{ imagebuilder:buildDate }}",
                        "AmiTags": {"Team": "platform"},
                    },
                }
            ],
        )
        distribution = ImageDistribution(
            self, "Distribution", source_image=source_image, distribution_configuration=configuration
        )
        cdk.CfnOutput(self, "ImageArn", value=distribution.image_arn)
        cdk.CfnOutput(self, "AmiId", value=distribution.ami_id(self.region))


def main() -> None:
    """Synthesise the app; the AMI is the context value `sourceImage`."""
    app = cdk.App()
    OneRegion(app, "OneRegion", source_image=app.node.get_context("sourceImage"))
    app.synth()


if __name__ == "__main__":
    main()
