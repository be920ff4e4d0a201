"""What a distribution configuration of this app says at synthesis, after every aspect and later line of the app."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_cdk import (
    DefaultTokenResolver,
    IPostProcessor,
    IResolvable,
    IResolveContext,
    Reference,
    ScopedAws,
    StringConcat,
    Token,
    Tokenization,
)
from aws_cdk import aws_imagebuilder as imagebuilder

from ._environment import stack_of
from ._literal import is_literal

#: Text or a number; text with tokens in it if only CloudFormation knows it, None if it is an item of such a list.
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


def written_in(configuration: imagebuilder.CfnDistributionConfiguration) -> Value:
    """Return the distributions as the app wrote them, in one round trip to jsii's kernel.

    `configuration.distributions` takes eight, and if the app reads that, these too are objects in place of mappings.
    """
    return configuration._cfn_properties["distributions"]


def read(configuration: imagebuilder.CfnDistributionConfiguration) -> list[Distribution]:
    """Return what the configuration distributes where.

    References stay the tokens that they are, so that CDK makes of each what its consumer's stack needs: a reference,
    an import, a parameter of a nested stack, or a reference to another Region.
    """
    distributions = Tokenization.resolve(
        written_in(configuration), scope=configuration, resolver=_resolver(configuration), preparing=False
    )
    return [_distribution(_capitalised(item)) for item in _items(distributions) if isinstance(item, Mapping)]


@cache
def _resolver(configuration: imagebuilder.CfnDistributionConfiguration) -> _KeepingTokens:
    # It is made in two round trips, and a synthesis reads the configuration seven times.
    return _KeepingTokens(configuration)


class _KeepingTokens(DefaultTokenResolver):
    """Resolves tokens for lists and objects, and leaves those for text in place."""

    def __init__(self, configuration: imagebuilder.CfnDistributionConfiguration) -> None:
        super().__init__(StringConcat())
        self._configuration = configuration

    def resolve_token(self, t: IResolvable, context: IResolveContext, post_processor: IPostProcessor) -> Value:
        if Reference.is_reference(t):
            return Token.as_string(t)
        resolved = super().resolve_token(t, context, post_processor)
        if not _is_intrinsic(resolved):
            return resolved
        return self._of_stack(resolved.get("Ref")) or Token.as_string(t)

    def _of_stack(self, pseudo_parameter: Value) -> str | None:
        """Return the token of a pseudo parameter that differs between stacks of one account and Region."""
        if pseudo_parameter not in ("AWS::StackName", "AWS::StackId"):
            return None
        here = ScopedAws(stack_of(self._configuration))
        return here.stack_name if pseudo_parameter == "AWS::StackName" else here.stack_id


def _is_intrinsic(value: Value) -> bool:
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    return all(key == "Ref" or str(key).startswith("Fn::") for key in value)


def _distribution(properties: Mapping[str, Value]) -> Distribution:
    written = properties.get("AmiDistributionConfiguration")
    ami = _capitalised(written)
    permissions = _capitalised(ami.get("LaunchPermissionConfiguration"))
    return Distribution(
        region=_leaf(properties.get("Region")),
        ami_name=_leaf(ami.get("Name")),
        kms_key=_leaf(ami.get("KmsKeyId")),
        target_accounts=tuple(_leaf(item) for item in _items(ami.get("TargetAccountIds"))),
        launch_permissions=tuple(_leaf(item) for value in permissions.values() for item in _items(value)),
        launch_templates=tuple(
            LaunchTemplate(_leaf(item.get("LaunchTemplateId")), _leaf(item.get("AccountId")))
            for item in _objects(properties.get("LaunchTemplateConfigurations"))
        ),
        ssm_parameters=tuple(
            SsmParameter(
                _leaf(item.get("ParameterName")), _leaf(item.get("AmiAccountId")), item.get("DataType") != "text"
            )
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


def _leaf(value: Value) -> Value:
    # An intrinsic function that the user wrote as a mapping.
    return Token.as_string(value) if _is_intrinsic(value) else value


def _objects(value: Value) -> list[dict[str, Value]]:
    return [_capitalised(item) for item in _items(value) if isinstance(item, Mapping)]


def _items(value: Value) -> list[Value]:
    # A list that only CloudFormation knows has an item that is not even a token: it cannot be part of a text.
    if isinstance(value, str) and not is_literal(value):
        return [None]
    return value if isinstance(value, list) else []
