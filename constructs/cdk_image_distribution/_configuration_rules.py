"""The rules that a distribution configuration can be seen to break before an hour is lost; tokens pass."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from aws_cdk import CfnStackSet, Stack, Token
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from . import _limits as limits
from ._configuration_content import Distribution, Value, is_known
from ._distribution_permissions import TARGET_ROLE_NAME, accounts_elsewhere, is_default_key
from ._lifecycle_role import LIFECYCLE_TARGET_ROLE_NAME

_ARGUMENT = "distribution_configuration"

# As many accounts as a warning names: a configuration may have 1,536 in each Region.
_LISTED = 5

# A StackSet, or a stack without an account of its own, may bring the role to any account.
_ANY = "*"


def configuration_errors(scope: IConstruct, name: Value, distributions: Sequence[Distribution]) -> Iterator[str]:
    """Yield a sentence for each rule of Image Builder that a configuration breaks.

    Args:
        scope: The construct that distributes; its stack's account is the source.
        name: The configuration's name.
        distributions: Its content.
    """
    yield from _broken(limits.check_configuration_name, f"{_ARGUMENT}: name", [name])
    regions = Counter(_shown(scope, item.region) for item in distributions)
    for region, times in regions.items():
        if times > 1:
            yield (
                f"{_ARGUMENT}: a Region must have one distribution only, got {times} for {region}; "
                "write what goes there into one of them"
            )
    own = Stack.of(scope).account
    for item in distributions:
        yield from _distribution_errors(scope, own, item)


def place_errors(
    scope: IConstruct, distributions: Sequence[Distribution], places: Iterable[tuple[str, str | None]]
) -> Iterator[str]:
    """Yield a sentence for each Region and account whose AMI is asked for and that no AMI goes to.

    Args:
        scope: The construct that distributes.
        distributions: The configuration's content.
        places: Region and account of each AMI id asked for; None is the stack's own account.
    """
    targets = {item.region: item.target_accounts for item in distributions if is_known(item.region)}
    if not targets or len(targets) < len(distributions):
        return
    own = Stack.of(scope).account
    for region, account in places:
        if Token.is_unresolved(region):
            continue
        if region not in targets:
            yield f"ami_id(): region must be one of the configuration's, {', '.join(sorted(targets))}, got {region!r}"
        elif account is not None and _is_missing(account, own, targets[region]):
            yield (
                f"ami_id(): account must be one of the configuration's target accounts in {region}, got {account!r}; "
                "add it to TargetAccountIds there"
            )


def target_role_doubts(scope: IConstruct, distributions: Sequence[Distribution]) -> Iterator[str]:
    """Yield a sentence if there are target accounts for which the app has no cross-account role."""
    accounts = dict.fromkeys(account for item in distributions for account in accounts_elsewhere(scope, item))
    missing = _without_role(scope, accounts, TARGET_ROLE_NAME)
    if missing:
        yield (
            f"Target accounts need the role {TARGET_ROLE_NAME}, and this app has none for {_listed(missing)}: "
            "put a DistributionTargetRole into a stack of each, or acknowledge this if the roles come from elsewhere"
        )


def copies_that_stay(scope: IConstruct, distributions: Sequence[Distribution]) -> Iterator[str]:
    """Yield a sentence if AMIs go to accounts from which they may not be deleted with the image."""
    own = Stack.of(scope).account
    targets = (target for item in distributions for target in item.target_accounts if target != own)
    accounts = dict.fromkeys(target for target in targets if is_known(target))
    missing = _without_role(scope, accounts, LIFECYCLE_TARGET_ROLE_NAME)
    if missing:
        yield (
            f"auto_delete_amis needs the role {LIFECYCLE_TARGET_ROLE_NAME} in target accounts, and this app has none "
            f"for {_listed(missing)}, so that the AMIs there stay: put a LifecycleTargetRole into a stack of each, or "
            "acknowledge this if the roles come from elsewhere"
        )


def _shown(scope: IConstruct, region: Value) -> str:
    return json.dumps(region if is_known(region) else Stack.of(scope).resolve(region), sort_keys=True)


def _distribution_errors(scope: IConstruct, own_account: str, item: Distribution) -> Iterator[str]:
    where = f"{_ARGUMENT}, Region {item.region if is_known(item.region) else _shown(scope, item.region)}"
    if item.misspelt:
        yield (
            f"{where}: AmiDistributionConfiguration goes to CloudFormation as it is written and must have keys that "
            f"begin with a capital, got {', '.join(item.misspelt)}; write a dict with "
            f"{', '.join(key[:1].upper() + key[1:] for key in item.misspelt)}"
        )
    yield from _broken(limits.check_ami_name, f"{where}: Name of the AMI", [item.ami_name])
    yield from _broken(limits.check_account, f"{where}: TargetAccountIds", item.target_accounts)
    yield from _broken(
        limits.check_launch_template_id,
        f"{where}: LaunchTemplateId",
        [template.id for template in item.launch_templates],
    )
    yield from _broken(
        limits.check_ssm_parameter_name,
        f"{where}: ParameterName",
        [parameter.name for parameter in item.ssm_parameters],
    )
    for parameter in item.ssm_parameters:
        if _is_missing(parameter.account, own_account, item.target_accounts):
            yield (
                f"{where}: AmiAccountId of an SSM parameter must be one of the target accounts, got "
                f"{parameter.account!r}; add it to TargetAccountIds there"
            )
    if is_default_key(item.kms_key) and _is_shared(own_account, item):
        yield (
            f"{where}: KmsKeyId must be a key of your own for an AMI that others use, got {item.kms_key!r}: what the "
            "default key encrypts cannot be shared; name a customer managed key, or share it with nobody"
        )


def _broken(check: Callable[[str, str], None], argument: str, values: Iterable[Value]) -> Iterator[str]:
    for value in values:
        if isinstance(value, int):
            # Of an account id that is a number, the leading zeros are lost already.
            yield f"{argument} must be text, got the number {value}"
        elif isinstance(value, str):
            try:
                check(argument, value)
            except ValueError as problem:
                yield str(problem)


def _is_missing(account: Value, own: str, targets: Sequence[Value]) -> bool:
    # Whoever is not known, the stack's own account included, may be the one.
    known = is_known(account) and is_known(own)
    return known and account != own and account not in targets and all(is_known(target) for target in targets)


def _is_shared(own_account: str, item: Distribution) -> bool:
    others = {target for target in item.target_accounts if is_known(target)} - {own_account}
    # One account of a stack whose own is not known may be its own.
    is_certain = len(others) > 1 or not Token.is_unresolved(own_account)
    return bool(item.launch_permissions) or (bool(others) and is_certain)


def _listed(accounts: Sequence[str]) -> str:
    more = len(accounts) - _LISTED
    return ", ".join(accounts[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def _without_role(scope: IConstruct, accounts: Iterable[str], role_name: str) -> list[str]:
    if Token.is_unresolved(Stack.of(scope).account):
        return []
    served = set(_accounts_with_role(scope, role_name)) if accounts else set()
    return [account for account in accounts if account not in served and _ANY not in served]


def _accounts_with_role(scope: IConstruct, role_name: str) -> Iterator[str]:
    for construct in scope.node.root.node.find_all():
        if isinstance(construct, iam.CfnRole) and construct.role_name == role_name:
            account = Stack.of(construct).account
            yield _ANY if Token.is_unresolved(account) else account
        elif isinstance(construct, CfnStackSet) and role_name in str(construct.template_body):
            yield _ANY
