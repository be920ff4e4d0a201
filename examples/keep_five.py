"""A golden AMI whose five newest distributions are kept, by a lifecycle policy of Image Builder."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from constructs import Construct

from cdk_image_distribution import ImageDistribution

TAGS = {"Golden": "linux"}


class KeepFive(cdk.Stack):
    """Retains every image. Image Builder deletes the older ones, with their AMIs and snapshots."""

    def __init__(self, scope: Construct, id: str, *, source_image: str) -> None:
        super().__init__(scope, id)
        configuration = imagebuilder.CfnDistributionConfiguration(
            self,
            "Configuration",
            name="keep-five",
            distributions=[
                {"region": self.region, "amiDistributionConfiguration": {"Name": "golden-{{ imagebuilder:buildDate }}"}}
            ],
        )
        ImageDistribution(
            self,
            "Distribution",
            source_image=source_image,
            distribution_configuration=configuration,
            tags=TAGS,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        lifecycle_role = iam.Role(
            self,
            "LifecycleRole",
            assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name("service-role/EC2ImageBuilderLifecycleExecutionPolicy")
            ],
        )
        imagebuilder.CfnLifecyclePolicy(
            self,
            "KeepFive",
            name="keep-five",
            resource_type="AMI_IMAGE",
            execution_role=lifecycle_role.role_arn,
            resource_selection=imagebuilder.CfnLifecyclePolicy.ResourceSelectionProperty(tag_map=TAGS),
            policy_details=[
                imagebuilder.CfnLifecyclePolicy.PolicyDetailProperty(
                    action=imagebuilder.CfnLifecyclePolicy.ActionProperty(
                        type="DELETE",
                        include_resources=imagebuilder.CfnLifecyclePolicy.IncludeResourcesProperty(
                            amis=True, snapshots=True
                        ),
                    ),
                    filter=imagebuilder.CfnLifecyclePolicy.FilterProperty(type="COUNT", value=5),
                )
            ],
        )


def main() -> None:
    """Synthesise the app; the AMI is the context value `sourceImage`."""
    app = cdk.App()
    KeepFive(app, "KeepFive", source_image=app.node.get_context("sourceImage"))
    app.synth()


if __name__ == "__main__":
    main()
