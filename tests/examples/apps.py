"""The example apps, as the tests synthesise them."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk

from examples import (
    delete_with_amis,
    golden_ami,
    many_regions,
    one_region,
    organisation,
    organisation_stack_set,
)

from ..construct.stacks import AMI_ID, OTHER_ACCOUNT

ACCOUNT = "123456789012"

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
}
