"""As `organisation`, but a StackSet brings the role to every account of an organisational unit, future ones too."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from cdk_image_distribution import DistributionTargetRole

from .organisation import Organisation


class TargetAccounts(cdk.Stack):
    """A StackSet with the role; of the management account, or of one that may administer StackSets for it."""

    def __init__(
        self, scope: Construct, id: str, *, source_account: str, organizational_unit: str, env: cdk.Environment
    ) -> None:
        super().__init__(scope, id, env=env)
        cdk.CfnStackSet(
            self,
            "TargetRoles",
            stack_set_name="image-distribution-target-roles",
            description="The role with which EC2 Image Builder distributes AMIs to these accounts.",
            permission_model="SERVICE_MANAGED",
            capabilities=["CAPABILITY_NAMED_IAM"],
            auto_deployment=cdk.CfnStackSet.AutoDeploymentProperty(
                enabled=True, retain_stacks_on_account_removal=False
            ),
            # Roles know no Region: with two, the second stack would find the role there already.
            stack_instances_group=[
                cdk.CfnStackSet.StackInstancesProperty(
                    deployment_targets=cdk.CfnStackSet.DeploymentTargetsProperty(
                        organizational_unit_ids=[organizational_unit]
                    ),
                    regions=[self.region],
                )
            ],
            template_body=json.dumps(role_template(source_account)),
        )


def role_template(source_account: str) -> object:
    """Return the template of a stack with the role: no parameter and no asset, so that it goes to any account."""
    with tempfile.TemporaryDirectory() as folder:
        # An app of its own in a folder of its own: this stack is deployed by the StackSet only.
        app = cdk.App(outdir=folder)
        stack = cdk.Stack(
            app, "TargetAccount", synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False)
        )
        DistributionTargetRole(stack, "TargetRole", source_account=source_account)
        return app.synth().get_stack_by_name("TargetAccount").template


def stacks(
    app: cdk.App,
    *,
    source_image: str,
    account: str,
    target_accounts: Sequence[str],
    management_account: str,
    organizational_unit: str,
) -> list[cdk.Stack]:
    """Make the StackSet's stack, and the one that distributes, deployed after it."""
    roles = TargetAccounts(
        app,
        "TargetAccounts",
        source_account=account,
        organizational_unit=organizational_unit,
        env=cdk.Environment(account=management_account, region="eu-west-1"),
    )
    organisation = Organisation(
        app,
        "Organisation",
        source_image=source_image,
        target_accounts=target_accounts,
        env=cdk.Environment(account=account, region="eu-west-1"),
    )
    organisation.add_dependency(roles, "Image Builder copies the AMI with the roles of the target accounts.")
    return [roles, organisation]


def main() -> None:
    """Synthesise the app; the AMI, the accounts and the organisational unit are context values."""
    app = cdk.App()
    stacks(
        app,
        source_image=app.node.get_context("sourceImage"),
        account=app.node.get_context("account"),
        target_accounts=app.node.get_context("targets").split(","),
        management_account=app.node.get_context("managementAccount"),
        organizational_unit=app.node.get_context("organizationalUnit"),
    )
    app.synth()


if __name__ == "__main__":
    main()
