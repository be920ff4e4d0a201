"""An AMI that goes with its stack, as a test's or a preview's should: `cdk destroy` deletes it and its snapshots."""

import aws_cdk as cdk
from aws_cdk import aws_imagebuilder as imagebuilder
from constructs import Construct

from cdk_image_distribution import ImageDistribution


class DeleteWithAmis(cdk.Stack):
    """Distributes an AMI and takes the copies along when it goes; the source AMI stays."""

    def __init__(self, scope: Construct, id: str, *, source_image: str) -> None:
        super().__init__(scope, id)
        configuration = imagebuilder.CfnDistributionConfiguration(
            self,
            "Configuration",
            name="delete-with-amis",
            distributions=[
                {
                    "region": self.region,
                    "amiDistributionConfiguration": {"Name": "preview-{{ imagebuilder:buildDate }}"},
                }
            ],
        )
        distribution = ImageDistribution(
            self,
            "Distribution",
            source_image=source_image,
            distribution_configuration=configuration,
            auto_delete_amis=True,
        )
        cdk.CfnOutput(self, "ImageArn", value=distribution.image_arn)


def main() -> None:
    """Synthesise the app; the AMI is the context value `sourceImage`."""
    app = cdk.App()
    DeleteWithAmis(app, "DeleteWithAmis", source_image=app.node.get_context("sourceImage"))
    app.synth()


if __name__ == "__main__":
    main()
