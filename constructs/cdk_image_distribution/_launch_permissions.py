"""LaunchPermissionConfiguration: the values that Image Builder and EC2 accept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ._ami_configuration import launch_permissions
from ._literal import is_literal

# Source: botocore imagebuilder 2019-12-02, OrganizationArn and OrganizationalUnitArn; EC2 API reference,
# LaunchPermission, group.
_RULES = {
    "OrganizationArns": (
        re.compile(r"arn:aws[^:]*:organizations::[0-9]{12}:organization/o-[a-z0-9]{10,32}"),
        "be ARNs of organizations (arn:aws:organizations::<management account>:organization/o-<id>)",
        "Write the ARN, not the id.",
    ),
    "OrganizationalUnitArns": (
        re.compile(r"arn:aws[^:]*:organizations::[0-9]{12}:ou/o-[a-z0-9]{10,32}/ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}"),
        "be ARNs of organizational units (arn:aws:organizations::<management account>:ou/o-<id>/ou-<id>)",
        "Write the ARN, not the id.",
    ),
    "UserGroups": (re.compile("all"), "be 'all'", "Write accounts to UserIds. The group 'all' makes the AMI public."),
}


def launch_permission_errors(where: str, written: Any) -> Iterator[str]:
    """Yield a sentence for each launch permission that cannot be one; tokens pass.

    Args:
        where: The beginning of the sentence.
        written: AmiDistributionConfiguration as it is written.
    """
    for key, (pattern, rule, remedy) in _RULES.items():
        for value in launch_permissions(written, key):
            if is_literal(value) and not pattern.fullmatch(value):
                yield f"{where}: {key} must {rule}, got {value!r}. {remedy}"
