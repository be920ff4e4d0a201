"""What a distribution configuration of this app says at synthesis, after every aspect and later line of the app."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from aws_cdk import Stack
from aws_cdk import aws_imagebuilder as imagebuilder

from ._written_values import Conditions, Value, Written, WrittenValues, is_unreadable


@dataclass(frozen=True)
class LaunchTemplate:
    """A launch template that gets a new version with the AMI, and whose it is; None is the stack's account."""

    id: Value
    account: Value


@dataclass(frozen=True)
class SsmParameter:
    """An SSM parameter that gets the AMI's id, whose it is (None as above), and whether SSM looks the AMI up.

    `is_conditional` tells whether a condition of the template decides about it.
    """

    name: Value
    account: Value
    is_looked_up: bool
    is_conditional: bool = False


@dataclass(frozen=True)
class Distribution:
    """What goes to one Region, or may go there: an entry with an `Fn::If` is one for each branch.

    `misspelt` has the keys of `AmiDistributionConfiguration` that CloudFormation would refuse: the L1 passes this
    object on as it is, so that names in camel case stay so. `written` is that object, or None without one.
    `unreadable` has the keys of what only CloudFormation knows: of the whole entry, `distributions`. `is_conditional`
    tells whether a condition of the template decides about the entry, the object or the key.
    """

    region: Value
    ami_name: Value
    kms_key: Value
    target_accounts: tuple[Value, ...]
    launch_permissions: tuple[Value, ...]
    launch_templates: tuple[LaunchTemplate, ...]
    ssm_parameters: tuple[SsmParameter, ...]
    misspelt: tuple[str, ...]
    written: Value
    unreadable: tuple[str, ...] = ()
    is_conditional: bool = False


def written_in(configuration: imagebuilder.CfnDistributionConfiguration) -> Value:
    """Return the distributions as the app wrote them, in one round trip to jsii's kernel.

    `configuration.distributions` takes eight, and if the app reads that, these too are objects in place of mappings.
    """
    return configuration._cfn_properties["distributions"]


def read(configuration: imagebuilder.CfnDistributionConfiguration, reader: Stack) -> list[Distribution]:
    """Return what the configuration distributes where, as the templates of a stack can have it."""
    values = _values(configuration, reader)
    entries = values.items(Written(values.resolve(written_in(configuration))))
    return [distribution for entry in entries for distribution in _distributions(values, entry)]


@cache
def _values(configuration: imagebuilder.CfnDistributionConfiguration, reader: Stack) -> WrittenValues:
    # Its resolver is made in two round trips, and a synthesis reads the configuration seven times.
    return WrittenValues(configuration, reader)


def _distributions(values: WrittenValues, entry: Written) -> Iterator[Distribution]:
    is_readable = isinstance(entry.value, Mapping) and not is_unreadable(entry.value)
    properties = _capitalised(entry.value) if is_readable else {}
    templates = _members(values, entry, properties, "LaunchTemplateConfigurations")
    parameters = _members(values, entry, properties, "SsmParameterConfigurations")
    part = Written(properties.get("AmiDistributionConfiguration"), entry.conditions)
    for ami in values.branches(part) or [Written(None, entry.conditions)]:
        settings = {} if is_unreadable(ami.value) else _capitalised(ami.value)
        accounts = values.items(Written(settings.get("TargetAccountIds"), ami.conditions))
        target_accounts = [values.leaf(account) for account in accounts]
        if any(account.conditions != ami.conditions for account in accounts):
            # Which of them are accounts of the list, only CloudFormation knows.
            target_accounts.append(None)
        unreadable = {
            "distributions": not is_readable,
            "amiDistributionConfiguration": is_unreadable(ami.value),
            "launchTemplateConfigurations": any(not isinstance(item.value, Mapping) for item in templates),
            "ssmParameterConfigurations": any(not isinstance(item.value, Mapping) for item in parameters),
        }
        key = Written(settings.get("KmsKeyId"), ami.conditions)
        for kms_key in values.branches(key) or [Written(None, ami.conditions)]:
            yield Distribution(
                region=values.leaf(Written(properties.get("Region"), entry.conditions)),
                ami_name=values.leaf(Written(settings.get("Name"), ami.conditions)),
                kms_key=values.leaf(kms_key),
                target_accounts=tuple(target_accounts),
                launch_permissions=tuple(_launch_permissions(values, ami, settings)),
                launch_templates=tuple(_launch_templates(values, templates)),
                ssm_parameters=tuple(_ssm_parameters(values, parameters)),
                misspelt=tuple(_misspelt(ami.value)) if isinstance(ami.value, Mapping) else (),
                written=ami.value,
                unreadable=tuple(name for name, is_so in unreadable.items() if is_so),
                is_conditional=bool(kms_key.conditions),
            )


def _members(values: WrittenValues, entry: Written, properties: Mapping[str, Value], key: str) -> list[Written]:
    """Return the objects of a list; None for what only CloudFormation knows."""
    items = values.items(Written(properties.get(key), entry.conditions))
    return [Written(None, item.conditions) if is_unreadable(item.value) else item for item in items]


def _launch_permissions(values: WrittenValues, ami: Written, settings: Mapping[str, Value]) -> Iterator[Value]:
    written = Written(settings.get("LaunchPermissionConfiguration"), ami.conditions)
    for permissions in values.branches(written):
        if is_unreadable(permissions.value):
            yield None
            continue
        for value in _capitalised(permissions.value).values():
            yield from (values.leaf(item) for item in values.items(Written(value, permissions.conditions)))


def _launch_templates(values: WrittenValues, members: Sequence[Written]) -> Iterator[LaunchTemplate]:
    for item, conditions in _objects(members):
        template = values.leaf(Written(item.get("LaunchTemplateId"), conditions))
        for account in _accounts(values, Written(item.get("AccountId"), conditions)):
            yield LaunchTemplate(template, values.leaf(account))


def _ssm_parameters(values: WrittenValues, members: Sequence[Written]) -> Iterator[SsmParameter]:
    for item, conditions in _objects(members):
        name = values.leaf(Written(item.get("ParameterName"), conditions))
        for account in _accounts(values, Written(item.get("AmiAccountId"), conditions)):
            yield SsmParameter(name, values.leaf(account), item.get("DataType") != "text", bool(account.conditions))


def _objects(members: Sequence[Written]) -> Iterator[tuple[Mapping[str, Value], Conditions]]:
    yield from ((_capitalised(item.value), item.conditions) for item in members if isinstance(item.value, Mapping))


def _accounts(values: WrittenValues, account: Written) -> list[Written]:
    """Return whose a member may be: without a value in a branch, the stack's account."""
    found = values.branches(account)
    return found if found == [account] else [*found, Written(None, account.conditions)]


def _misspelt(written: Mapping[str, Value]) -> Iterator[str]:
    yield from (key for key in written if key[:1].islower())
    permissions = _capitalised(written).get("LaunchPermissionConfiguration")
    if isinstance(permissions, Mapping):
        yield from (key for key in permissions if key[:1].islower())


def _capitalised(value: Value) -> dict[str, Value]:
    # The L1 takes camel case and writes capitals, but for AmiDistributionConfiguration, which it passes on.
    return {key[:1].upper() + key[1:]: item for key, item in value.items()} if isinstance(value, Mapping) else {}
