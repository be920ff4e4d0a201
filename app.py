"""The example app: one golden AMI, distributed to three Regions."""

import aws_cdk as cdk
from aws_cdk import aws_imagebuilder as imagebuilder
from constructs import Construct

from cdk_image_distribution import ImageDistribution


class GoldenImage(cdk.Stack):
    """Distributes a golden AMI and tells the ARN of the image that tracks the distribution."""

    def __init__(self, scope: Construct, id: str, *, source_image: str) -> None:
        super().__init__(scope, id)
        configuration = imagebuilder.CfnDistributionConfiguration(
            self,
            "Configuration",
            name="golden-image",
            distributions=[
                {
                    "region": region,
                    "amiDistributionConfiguration": {
                        "Name": "golden-{{ imagebuilder:buildDate }}",
                        "AmiTags": {"Team": "platform"},
                    },
                }
                for region in ("eu-west-1", "eu-central-1", "us-east-1")
            ],
        )
        distribution = ImageDistribution(
            self, "Distribution", source_image=source_image, distribution_configuration=configuration
        )
        cdk.CfnOutput(self, "ImageArn", value=distribution.image_arn)


if __name__ == "__main__":
    # A placeholder, so that the app synthesises without the CLI, whose --context takes precedence.
    app = cdk.App(context={"sourceImage": "ami-0123456789abcdef0"})
    GoldenImage(app, "GoldenImage", source_image=app.node.get_context("sourceImage"))
    app.synth()
