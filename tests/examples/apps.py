"""The example apps, as the tests synthesise them."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk

from examples import (
    delete_with_amis,
    golden_ami,
    keep_five,
    many_regions,
    one_region,
    organisation,
    organisation_stack_set,
)

from ..construct.stacks import AMI_ID, OTHER_ACCOUNT

ACCOUNT = "123456789012"


def keep_five_stack(app: cdk.App) -> None:
    """Declare the stack of keep_five, and accept the managed policy of its role, as a user of cdk-nag would."""
    stack = keep_five.KeepFive(app, "KeepFive", source_image=AMI_ID)
    policy = "arn:<AWS::Partition>:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy"
    finding = cdk.Acknowledgment(id=f"AwsSolutions-IAM4[Policy::{policy}]", reason="AWS maintains it for this role.")
    cdk.Validations.of(stack).acknowledge(finding)


#: Puts an example's stacks into an app, by the example's name.
EXAMPLES: dict[str, Callable[[cdk.App], object]] = {
    "one_region": lambda app: one_region.OneRegion(app, "OneRegion", source_image=AMI_ID),
    "many_regions": lambda app: many_regions.stacks(app, source_image=AMI_ID, account=ACCOUNT),
    "organisation": lambda app: organisation.stacks(
        app, source_image=AMI_ID, account=ACCOUNT, target_accounts=[OTHER_ACCOUNT, "345678901234"]
    ),
    "organisation_stack_set": lambda app: organisation_stack_set.stacks(
        app,
        source_image=AMI_ID,
        account=ACCOUNT,
        target_accounts=[OTHER_ACCOUNT],
        management_account="999999999999",
        organizational_unit="ou-abcd-12345678",
    ),
    "golden_ami": lambda app: golden_ami.GoldenAmi(app, "GoldenAmi", parameter="/golden/ami"),
    "delete_with_amis": lambda app: delete_with_amis.DeleteWithAmis(app, "DeleteWithAmis", source_image=AMI_ID),
    "keep_five": keep_five_stack,
}
