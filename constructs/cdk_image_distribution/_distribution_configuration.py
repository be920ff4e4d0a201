"""The distribution configuration of a distribution: its ARN, its resource, its content and the content's digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import jsii
from aws_cdk import IStableStringProducer, Lazy, Stack
from aws_cdk import aws_imagebuilder as imagebuilder
from constructs import Construct

from ._argument_types import shown
from ._configuration_content import Distribution, read, written_in
from ._environment import check_same_account, check_same_region, environment_of, stack_of
from ._limits import check_configuration_arn
from ._literal import is_literal
from ._written_values import Value

_ARGUMENT = "distribution_configuration"

_REMEDY = (
    "Create the configuration in the stack's Region and account, or declare the distribution in a stack of the "
    "configuration's."
)

# Stands for the account in ARNs of what Amazon owns.
_OF_AMAZON = "aws"


class DistributionConfiguration:
    """A distribution configuration of any of the kinds that the construct takes.

    Args:
        value: The user's argument.
        stack: The stack that distributes.

    Raises:
        TypeError: The value is none of the kinds.
        ValueError: The ARN is malformed, or the configuration is in another Region or account.
    """

    def __init__(self, value: Any, stack: Stack) -> None:
        own = environment_of(stack)
        self._stack = stack
        self._resource = _resource_of(value)
        if self._resource is not None:
            place = environment_of(stack_of(self._resource))
            _check_values(written_in(self._resource))
            self._arn = self._resource.attr_arn
            region, account = place.region, place.account
        else:
            self._arn = _arn_of(value)
            check_configuration_arn(_ARGUMENT, self._arn)
            if not is_literal(self._arn):
                return
            _, _, _, region, account, _ = self._arn.split(":", 5)
        check_same_region(_ARGUMENT, region, own.region, _REMEDY)
        if account != _OF_AMAZON:
            check_same_account(_ARGUMENT, account, own.account, _REMEDY)

    @property
    def arn(self) -> str:
        """The ARN, a string or a token."""
        return self._arn

    @property
    def resource(self) -> imagebuilder.CfnDistributionConfiguration | None:
        """The CloudFormation resource, or None if the configuration is not in this app."""
        return self._resource

    @property
    def digest(self) -> str | None:
        """Token for 16 hexadecimal digits that change with the content, or None if the content is unknown.

        CloudFormation updates a changed configuration in place under the same ARN. Without the digest it would see
        no change of the distribution.
        """
        return Lazy.string(_Digest(self._resource)) if self._resource is not None else None

    def name(self) -> Value:
        """Return the name as it is at synthesis, or None if the configuration is not in this app."""
        return self._resource.name if self._resource is not None else None

    def is_empty(self) -> bool:
        """Return whether the configuration is in this app and distributes nothing."""
        return self._resource is not None and not stack_of(self._resource).resolve(written_in(self._resource))

    def distributions(self) -> list[Distribution]:
        """Return what goes to which Region as it is at synthesis; an empty list if that is unknown."""
        return read(self._resource, self._stack) if self._resource is not None else []


@jsii.implements(IStableStringProducer)
class _Digest:
    """Digests the distributions at synthesis, without raw overrides of the resource."""

    def __init__(self, resource: imagebuilder.CfnDistributionConfiguration) -> None:
        self._resource = resource

    def produce(self) -> str:
        distributions = stack_of(self._resource).resolve(written_in(self._resource))
        content = json.dumps(distributions, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def _resource_of(value: Any) -> imagebuilder.CfnDistributionConfiguration | None:
    if isinstance(value, imagebuilder.CfnDistributionConfiguration):
        return value
    if isinstance(value, Construct):
        child = value.node.default_child
        if isinstance(child, imagebuilder.CfnDistributionConfiguration):
            return child
    return None


def _check_values(distributions: Any) -> None:
    """Raise TypeError for a construct as a value: CDK resolves it without end, and the error names no key."""
    for item in distributions if isinstance(distributions, list) else ():
        # An object if the app has read the distributions.
        if isinstance(item, Mapping):
            written = item.get("amiDistributionConfiguration")
        else:
            written = getattr(item, "ami_distribution_configuration", None)
        for key, value in written.items() if isinstance(written, Mapping) else ():
            if isinstance(value, Construct):
                raise TypeError(
                    f"{_ARGUMENT}: {key} must be a string, got {shown(value)}. Pass its ARN, such as key.key_arn."
                )


def _arn_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    # An imported L2 of the alpha module, or any other IDistributionConfigurationRef.
    arn: object = getattr(value, "distribution_configuration_arn", None)
    if arn is None:
        reference = getattr(value, "distribution_configuration_ref", None)
        arn = getattr(reference, "distribution_configuration_arn", None)
    if isinstance(arn, str):
        return arn
    raise TypeError(
        f"{_ARGUMENT} must be a CfnDistributionConfiguration, a DistributionConfiguration of the alpha "
        f"module, an IDistributionConfigurationRef or an ARN, got {shown(value)}. "
        "Pass the construct of this app, or the configuration's ARN."
    )
