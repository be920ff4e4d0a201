"""The rules that a distribution configuration can be seen to break before an hour is lost; tokens pass."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from constructs import IConstruct

from . import _limits as limits
from ._ami_configuration import launch_permissions, type_errors
from ._configuration_content import Distribution
from ._distribution_permissions import is_default_key
from ._environment import Environment, stack_of
from ._launch_permissions import launch_permission_errors
from ._literal import is_literal
from ._other_region import other_region
from ._parameter_name import check_parameter_name
from ._regions import check_region, partition_of
from ._written_values import Value, has_any_value

_ARGUMENT = "distribution_configuration"


def configuration_errors(
    scope: IConstruct, own: Environment, name: Value, distributions: Sequence[Distribution]
) -> Iterator[str]:
    """Yield a sentence for each rule of Image Builder that a configuration breaks.

    Args:
        scope: The construct that distributes.
        own: The environment of the stack that distributes: the source.
        name: The configuration's name.
        distributions: Its content.
    """
    yield from _broken(limits.check_configuration_name, f"{_ARGUMENT}: name", [name])
    # Of the branches of a condition, only one is deployed.
    certain = [item.region for item in distributions if not item.is_conditional]
    regions = Counter(_shown(scope, region) for region in certain if region is not None and not has_any_value(region))
    for region, times in regions.items():
        if times > 1:
            yield (
                f"{_ARGUMENT} must have one distribution for a Region, got {times} for {region}. "
                "Write what goes there into one of them."
            )
    errors = (error for item in distributions for error in _distribution_errors(scope, own, item))
    # Branches of one entry have the rest of it in common.
    yield from dict.fromkeys(errors)


def place_errors(
    own: Environment, distributions: Sequence[Distribution], places: Iterable[tuple[str, str | None]]
) -> Iterator[str]:
    """Yield a sentence for each Region and account whose AMI is asked for and that no AMI goes to.

    Args:
        own: The environment of the stack that distributes.
        distributions: The configuration's content.
        places: Region and account of each AMI id asked for; None is the stack's own account.
    """
    if not all(is_literal(item.region) for item in distributions):
        return
    targets: dict[str, list[Value]] = {}
    for item in distributions:
        found = targets.setdefault(item.region, [])
        found += [*item.target_accounts, None] if item.is_conditional or item.unreadable else item.target_accounts
    if not targets:
        return
    for region, account in places:
        if not is_literal(region):
            continue
        if region not in targets:
            yield (
                f"ami_id(): region must be one of the configuration's, {', '.join(sorted(targets))}, got {region!r}. "
                "Add the Region to the configuration, or ask for another."
            )
        elif account is not None and _is_missing(account, own.account, targets[region]):
            yield (
                f"ami_id(): account must be one of the configuration's target accounts in {region}, got {account!r}. "
                "Add it to TargetAccountIds there."
            )
        elif account is None and _is_left_out(own, region, targets[region]):
            yield (
                f"ami_id(): account must be one of the configuration's target accounts in {region}, got None for the "
                f"stack's own, {own.account}. Add that to TargetAccountIds there, or ask for another account's AMI."
            )


def _shown(scope: IConstruct, region: Value) -> str:
    return json.dumps(region if is_literal(region) else stack_of(scope).resolve(region), sort_keys=True)


def _distribution_errors(scope: IConstruct, own: Environment, item: Distribution) -> Iterator[str]:
    where = f"{_ARGUMENT}, Region {item.region if is_literal(item.region) else _shown(scope, item.region)}"
    yield from _broken(check_region, f"{_ARGUMENT}: region", [item.region])
    if item.misspelt:
        yield (
            f"{where}: AmiDistributionConfiguration goes to CloudFormation as it is written and must have keys that "
            f"begin with a capital, got {', '.join(item.misspelt)}. Write a dict with "
            f"{', '.join(key[:1].upper() + key[1:] for key in item.misspelt)}."
        )
    yield from _partition_errors(own, item.region)
    yield from type_errors(where, item.written)
    yield from launch_permission_errors(where, item.written)
    yield from _broken(limits.check_ami_name, f"{where}: Name of the AMI", [item.ami_name])
    yield from _broken(limits.check_account, f"{where}: TargetAccountIds", item.target_accounts)
    yield from _broken(limits.check_account, f"{where}: UserIds", launch_permissions(item.written, "UserIds"))
    yield from _broken(
        limits.check_launch_template_id,
        f"{where}: LaunchTemplateId",
        [template.id for template in item.launch_templates],
    )
    yield from _broken(
        check_parameter_name,
        f"{where}: ParameterName",
        [parameter.name for parameter in item.ssm_parameters],
    )
    # What a condition decides about may go only with a part that the same condition decides about.
    for parameter in item.ssm_parameters:
        if not item.is_conditional and _is_missing(parameter.account, own.account, item.target_accounts):
            yield (
                f"{where}: AmiAccountId of an SSM parameter must be one of the target accounts, got "
                f"{parameter.account!r}. Add it to TargetAccountIds there."
            )
    if not item.is_conditional and is_default_key(item.kms_key) and _is_shared(own.account, item):
        yield (
            f"{where}: KmsKeyId must be a key of your own for an AMI that others use, got {item.kms_key!r}. "
            "Name a customer managed key: what the default key encrypts cannot be shared."
        )
    yield from _region_errors(where, item)


def _partition_errors(own: Environment, region: Value) -> Iterator[str]:
    there, here = partition_of(region), partition_of(own.region)
    if there != here and there is not None and here is not None:
        yield (
            f"{_ARGUMENT}: region must be in the partition of the stack's Region, {here}, got {region!r} in {there}. "
            "Distribute to that partition from a stack in it."
        )


def _region_errors(where: str, item: Distribution) -> Iterator[str]:
    key, other = item.kms_key, other_region(item.kms_key, item.region)
    if other is not None:
        got = repr(key) if is_literal(key) else f"one of {other}"
        yield (
            f"{where}: KmsKeyId must be a key of that Region, got {got}. "
            f"Name a key in {item.region}: the AMI is encrypted there."
        )
    for template in item.launch_templates:
        other = other_region(template.id, item.region)
        if other is not None:
            yield (
                f"{where}: LaunchTemplateId must be a launch template of that Region, got one of {other}. "
                f"Name a launch template in {item.region}."
            )


def _broken(check: Callable[[str, str], None], argument: str, values: Iterable[Value]) -> Iterator[str]:
    for value in values:
        if isinstance(value, int):
            # Of an account id that is a number, the leading zeros are lost already.
            yield f"{argument} must be text, got the number {value}. Write it in quotation marks."
        elif isinstance(value, str):
            try:
                check(argument, value)
            except ValueError as problem:
                yield str(problem)


def _is_missing(account: Value, own: str, targets: Sequence[Value]) -> bool:
    # An account that is not known may be any other, such as the stack's own.
    known = is_literal(account) and is_literal(own)
    return known and account != own and account not in targets and all(is_literal(target) for target in targets)


def _is_left_out(own: Environment, region: str, targets: Sequence[Value]) -> bool:
    # In the source Region the own account has the source AMI, which Image Builder may name as its copy.
    known = is_literal(own.account) and all(is_literal(target) for target in targets)
    return known and bool(targets) and own.account not in targets and is_literal(own.region) and region != own.region


def _is_shared(own_account: str, item: Distribution) -> bool:
    others = {target for target in item.target_accounts if is_literal(target)} - {own_account}
    # One account of a stack whose own is not known may be its own.
    is_certain = len(others) > 1 or is_literal(own_account)
    return bool(item.launch_permissions) or (bool(others) and is_certain)
