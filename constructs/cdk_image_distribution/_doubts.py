"""What may be wrong with a distribution: warnings, each with the name that it is acknowledged by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from aws_cdk import CfnStackSet
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from ._ami_configuration import unknown_keys
from ._configuration_content import Distribution
from ._distribution_permissions import TARGET_ROLE_NAME, accounts_elsewhere, is_default_key, is_widened
from ._environment import Environment, environment_of, stack_of
from ._lifecycle_role import LIFECYCLE_TARGET_ROLE_NAME
from ._literal import is_literal
from ._other_region import other_region
from ._regions import is_new
from ._written_values import Value

# As many accounts as a warning names: a configuration may have 1,536 in each Region.
_LISTED = 5

_ACCOUNT = re.compile(r"[0-9]{12}")

# A StackSet, or a stack without an account of its own, may bring the role to any account.
_ANY = "*"


def doubts(
    scope: IConstruct,
    distributions: Sequence[Distribution],
    *,
    makes_role: bool,
    auto_delete_amis: bool,
) -> Iterator[tuple[str, str]]:
    """Yield the name and the sentence of each doubt about a configuration.

    Args:
        scope: The construct that distributes; its stack's account is the source.
        distributions: The configuration's content.
        makes_role: Whether the construct makes the execution role.
        auto_delete_amis: Whether the AMIs are deleted with the image.
    """
    own = environment_of(stack_of(scope))
    elsewhere = [accounts_elsewhere(scope, item) for item in distributions]
    for item, accounts in zip(distributions, elsewhere, strict=True):
        yield from _entry_doubts(own, item, accounts)
    yield from new_region_doubts(item.region for item in distributions)
    yield from _source_region_doubts(own, distributions)
    yield from _target_role_doubts(scope, dict.fromkeys(account for found in elsewhere for account in found))
    if makes_role:
        yield from _permission_doubts(distributions)
    if makes_role and is_widened(scope, distributions):
        yield (
            "widePolicy",
            "The execution role's policy has '*' for Regions and accounts, since naming all of them takes more than "
            "the 10,240 characters of a role's inline policies. Use several configurations, pass execution_role, or "
            "acknowledge this.",
        )
    if auto_delete_amis:
        yield from _copies_that_stay(scope, distributions)


def new_region_doubts(regions: Iterable[Value]) -> Iterator[tuple[str, str]]:
    """Yield a doubt for each Region that neither botocore nor CDK knows."""
    for region in dict.fromkeys(region for region in regions if is_new(region)):
        yield (
            "newRegion",
            f"Neither botocore nor aws-cdk-lib knows the Region {region}. Correct it, upgrade one of the two, or "
            "acknowledge this if the Region is new.",
        )


def _entry_doubts(own: Environment, item: Distribution, accounts: Sequence[str]) -> Iterator[tuple[str, str]]:
    where = f"distribution_configuration, Region {item.region}"
    if item.written is None and not item.unreadable:
        yield (
            "amiPart",
            f"{where}: the entry has no amiDistributionConfiguration. CDK drops keys that it does not know, such as "
            "those in snake_case. Write amiDistributionConfiguration in a dict, or acknowledge this.",
        )
    for key, meant in unknown_keys(item.written):
        yield (
            "unknownKey",
            f"{where}: CloudFormation may not know the key {key} of AmiDistributionConfiguration. "
            f"{f'Write {meant}' if meant else 'Remove it'}, or acknowledge this if the key is new.",
        )
    key = item.kms_key
    is_bare = is_literal(key) and not key.startswith("arn:") and not is_default_key(key)
    if accounts and is_bare and is_literal(own.account):
        yield (
            "keyId",
            f"{where}: a target account looks for KmsKeyId {key!r} among its own keys. Write the ARN of the key or of "
            "its alias, or acknowledge this.",
        )
    for template in item.launch_templates:
        if is_literal(template.account) and is_literal(own.account) and template.account != own.account:
            yield (
                "launchTemplateAccount",
                f"{where}: a launch template of account {template.account} gets the id of this account's AMI. Let an "
                "SSM parameter there (amiAccountId) have the id, and the launch template resolve it, or acknowledge "
                "this.",
            )
    for parameter in item.ssm_parameters:
        other = other_region(parameter.name, item.region)
        if other is not None:
            yield (
                "parameterRegion",
                f"{where}: Image Builder writes an SSM parameter in {item.region}, and ParameterName is that of one in "
                f"{other}, which never gets an AMI. Name a parameter in {item.region}, or acknowledge this.",
            )


def _permission_doubts(distributions: Sequence[Distribution]) -> Iterator[tuple[str, str]]:
    for item in distributions:
        region = "" if item.region is None else f", Region {item.region}"
        for part in item.unreadable:
            yield (
                "unreadablePart",
                f"distribution_configuration{region}: only CloudFormation can read an intrinsic function in {part}, so "
                "that the execution role has no permissions for it. Write the content, or add the permissions to "
                "execution_role and acknowledge this.",
            )


def _source_region_doubts(own: Environment, distributions: Sequence[Distribution]) -> Iterator[tuple[str, str]]:
    regions = {item.region if isinstance(item.region, str) else None for item in distributions}
    if not is_literal(own.region) or not is_literal(own.account) or not all(is_literal(region) for region in regions):
        return
    has_targets = any(
        is_literal(target) and target != own.account for item in distributions for target in item.target_accounts
    )
    if has_targets and own.region not in {item.region for item in distributions if item.written is not None}:
        yield (
            "sourceRegion",
            f"Image Builder distributes to other accounts only with an AMI entry for the source Region, {own.region}. "
            "Add one to the configuration, or acknowledge this.",
        )


def _target_role_doubts(scope: IConstruct, accounts: Iterable[str]) -> Iterator[tuple[str, str]]:
    missing = _without_role(scope, list(accounts), TARGET_ROLE_NAME)
    if missing:
        yield (
            "targetRole",
            f"Target accounts need the role {TARGET_ROLE_NAME}, and this app has none that trusts this account for "
            f"{_listed(missing)}. Put a DistributionTargetRole into a stack of each, or acknowledge this if the roles "
            "come from elsewhere.",
        )


def _copies_that_stay(scope: IConstruct, distributions: Sequence[Distribution]) -> Iterator[tuple[str, str]]:
    own = environment_of(stack_of(scope)).account
    targets = dict.fromkeys(target for item in distributions for target in item.target_accounts if is_literal(target))
    missing = _without_role(scope, [target for target in targets if target != own], LIFECYCLE_TARGET_ROLE_NAME)
    if missing:
        yield (
            "copiesStay",
            f"auto_delete_amis needs the role {LIFECYCLE_TARGET_ROLE_NAME} in target accounts, and this app has none "
            f"that trusts this account for {_listed(missing)}, so that the AMIs there stay. Put a LifecycleTargetRole "
            "into a stack of each, or acknowledge this if the roles come from elsewhere.",
        )


def _listed(accounts: Sequence[str]) -> str:
    more = len(accounts) - _LISTED
    return ", ".join(accounts[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def _without_role(scope: IConstruct, accounts: Sequence[str], role_name: str) -> list[str]:
    own = environment_of(stack_of(scope)).account
    if not accounts or not is_literal(own):
        return []
    served = set(_accounts_with_role(scope, role_name, own))
    return [account for account in accounts if account not in served and _ANY not in served]


def _accounts_with_role(scope: IConstruct, role_name: str, trusted: str) -> Iterator[str]:
    for construct in scope.node.root.node.find_all():
        if isinstance(construct, iam.CfnRole) and construct.role_name == role_name:
            trust = str(stack_of(construct).resolve(construct.assume_role_policy_document))
            if trusted not in trust and _ACCOUNT.search(trust):
                continue
            account = stack_of(construct).account
            yield account if is_literal(account) else _ANY
        elif isinstance(construct, CfnStackSet) and role_name in str(construct.template_body):
            yield _ANY
