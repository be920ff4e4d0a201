"""What a distribution configuration of this app says at synthesis, after every aspect and later line of the app."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_imagebuilder as imagebuilder

#: A value as a template has it: text if it is known, an intrinsic function (a mapping) if it is not.
Value = Any


@dataclass(frozen=True)
class LaunchTemplate:
    """A launch template that gets a new version with the AMI, and whose it is; None is the stack's account."""

    id: Value
    account: Value


@dataclass(frozen=True)
class SsmParameter:
    """An SSM parameter that gets the AMI's id, whose it is (None as above), and whether SSM looks the AMI up."""

    name: Value
    account: Value
    is_looked_up: bool


@dataclass(frozen=True)
class Distribution:
    """What goes to one Region.

    `misspelt` has the keys of `AmiDistributionConfiguration` that CloudFormation would refuse: the L1 passes this
    object on as it is, so that names in camel case stay so. `written` is that object, or None without one.
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


def read(configuration: imagebuilder.CfnDistributionConfiguration) -> list[Distribution]:
    """Return what the configuration distributes where; nothing of what only CloudFormation can tell."""
    distributions = Stack.of(configuration).resolve(configuration.distributions)
    return [_distribution(_capitalised(item)) for item in _items(distributions) if isinstance(item, Mapping)]


def _distribution(properties: Mapping[str, Value]) -> Distribution:
    written = properties.get("AmiDistributionConfiguration")
    ami = _capitalised(written)
    permissions = _capitalised(ami.get("LaunchPermissionConfiguration"))
    return Distribution(
        region=properties.get("Region"),
        ami_name=ami.get("Name"),
        kms_key=ami.get("KmsKeyId"),
        target_accounts=tuple(_items(ami.get("TargetAccountIds"))),
        launch_permissions=tuple(item for value in permissions.values() for item in _items(value)),
        launch_templates=tuple(
            LaunchTemplate(item.get("LaunchTemplateId"), item.get("AccountId"))
            for item in _objects(properties.get("LaunchTemplateConfigurations"))
        ),
        ssm_parameters=tuple(
            SsmParameter(item.get("ParameterName"), item.get("AmiAccountId"), item.get("DataType") != "text")
            for item in _objects(properties.get("SsmParameterConfigurations"))
        ),
        misspelt=tuple(_misspelt(written)) if isinstance(written, Mapping) else (),
        written=written,
    )


def _misspelt(written: Mapping[str, Value]) -> Iterator[str]:
    yield from (key for key in written if key[:1].islower())
    permissions = _capitalised(written).get("LaunchPermissionConfiguration")
    if isinstance(permissions, Mapping):
        yield from (key for key in permissions if key[:1].islower())


def _capitalised(value: Value) -> dict[str, Value]:
    # The L1 takes camel case and writes capitals, but for AmiDistributionConfiguration, which it passes on.
    return {key[:1].upper() + key[1:]: item for key, item in value.items()} if isinstance(value, Mapping) else {}


def _objects(value: Value) -> list[dict[str, Value]]:
    return [_capitalised(item) for item in _items(value)]


def _items(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []
