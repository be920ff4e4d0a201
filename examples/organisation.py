"""A golden AMI copied into other accounts of an organisation, with the role that each of them needs."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_imagebuilder as imagebuilder
from constructs import Construct

from cdk_image_distribution import DistributionTargetRole, ImageDistribution

REGIONS = ("eu-west-1", "us-east-1")


class TargetAccount(cdk.Stack):
    """What a target account needs, once, whatever the number of Regions: the role that Image Builder looks for."""

    def __init__(self, scope: Construct, id: str, *, source_account: str, env: cdk.Environment) -> None:
        super().__init__(scope, id, env=env)
        DistributionTargetRole(self, "TargetRole", source_account=source_account)


class Organisation(cdk.Stack):
    """Copies an AMI into target accounts; each copy belongs to its account."""

    def __init__(
        self, scope: Construct, id: str, *, source_image: str, target_accounts: Sequence[str], env: cdk.Environment
    ) -> None:
        super().__init__(scope, id, env=env)
        configuration = imagebuilder.CfnDistributionConfiguration(
            self,
            "Configuration",
            name="organisation",
            distributions=[
                {
                    "region": region,
                    "amiDistributionConfiguration": {
                        "Name": "golden-{{ imagebuilder:buildDate }}",
                        "TargetAccountIds": [self.account, *target_accounts],
                    },
                }
                for region in REGIONS
            ],
        )
        distribution = ImageDistribution(
            self, "Distribution", source_image=source_image, distribution_configuration=configuration
        )
        for account in target_accounts:
            cdk.CfnOutput(self, f"Ami{account}", value=distribution.ami_id("eu-west-1", account))


def stacks(app: cdk.App, *, source_image: str, account: str, target_accounts: Sequence[str]) -> list[cdk.Stack]:
    """Make a stack in each target account, and the one that distributes, deployed after them."""
    targets = [
        TargetAccount(
            app,
            f"Target-{target}",
            source_account=account,
            env=cdk.Environment(account=target, region="eu-west-1"),
        )
        for target in target_accounts
    ]
    organisation = Organisation(
        app,
        "Organisation",
        source_image=source_image,
        target_accounts=target_accounts,
        env=cdk.Environment(account=account, region="eu-west-1"),
    )
    for target in targets:
        organisation.add_dependency(target, "Image Builder copies the AMI with the role of the target account.")
    return [*targets, organisation]


def main() -> None:
    """Synthesise the app; the AMI and the accounts are context values, `targets` with commas between."""
    app = cdk.App()
    stacks(
        app,
        source_image=app.node.get_context("sourceImage"),
        account=app.node.get_context("account"),
        target_accounts=app.node.get_context("targets").split(","),
    )
    app.synth()


if __name__ == "__main__":
    main()
