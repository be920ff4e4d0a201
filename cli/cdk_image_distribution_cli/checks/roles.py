"""Do the roles exist that Image Builder assumes, and do they trust it?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ..assembly import roles_in
from ..aws import call_each
from ..errors import NotFound, Unreachable, Unread, reading
from ..template_values import Unresolved
from .context import Context
from .result import Result, Subject

#: Image Builder assumes a role of exactly this name in each target account.
TARGET_ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
_ACCOUNT = re.compile(r"[0-9]{12}")
_IMAGE_BUILDER = "imagebuilder.amazonaws.com"


def check_target_roles(context: Context) -> Iterator[Result]:
    """Look at the role in each other account."""
    accounts: dict[str, None] = {}
    for item, region in context.regions:
        named = [template.account for template in region.launch_templates]
        named += [parameter.account for parameter in region.parameters]
        accounts |= dict.fromkeys([*item.accounts_of(region), *named])
    others = [it for it in accounts if context.is_other(it) and not isinstance(it, Unresolved)]
    made = roles_in(list(context.stacks), TARGET_ROLE)
    trusts = call_each(lambda account: _trust(context, TARGET_ROLE, account), (it for it in others if it not in made))
    for account in others:
        subject = Subject("target role", account)
        in_app = made.get(account, "")
        trust = in_app or trusts[account]
        if in_app and (context.aws.account in in_app or not _ACCOUNT.search(in_app)):
            yield subject.passes("This app makes it.")
        elif isinstance(trust, Unreachable):
            yield subject.unknown(trust, f"Check that the account has {TARGET_ROLE}, or pass --role-name.")
        elif isinstance(trust, NotFound):
            yield subject.fails(f"There is no role {TARGET_ROLE}.", "Deploy a DistributionTargetRole there.")
        elif isinstance(trust, Unread):
            yield subject.unread(trust, "iam:GetRole in that account")
        elif context.aws.account not in trust:
            yield subject.fails(
                f"{TARGET_ROLE} does not trust {context.aws.account}.",
                f'Deploy a DistributionTargetRole with source_account="{context.aws.account}" there.',
            )
        else:
            yield subject.passes(f"{TARGET_ROLE} trusts {context.aws.account}.")


def check_execution_roles(context: Context) -> Iterator[Result]:
    """Look at each execution role that exists already."""
    roles = [item.execution_role for item in context.distributions if not isinstance(item.execution_role, Unresolved)]
    for role, trust in call_each(lambda role: _trust(context, role.rpartition("/")[2]), roles).items():
        subject = Subject("execution role", role)
        if isinstance(trust, NotFound):
            yield subject.fails("It does not exist.", "Name a role that exists, or let the construct make one.")
        elif isinstance(trust, Unread):
            yield subject.unread(trust, "iam:GetRole")
        elif _IMAGE_BUILDER not in trust:
            yield subject.fails(f"It does not trust {_IMAGE_BUILDER}.", "Add that principal to its trust policy.")
        else:
            yield subject.passes(f"It trusts {_IMAGE_BUILDER}.")


def _trust(context: Context, name: str, account: str = "") -> str:
    """Return a role's trust policy as text."""
    with reading(f"Reading the role {name}"):
        policy: Any = context.aws.iam(account).get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    return policy if isinstance(policy, str) else json.dumps(policy)
