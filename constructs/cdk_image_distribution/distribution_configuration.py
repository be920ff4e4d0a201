"""The ways to name a distribution configuration, and the digest that tells when its content changes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import jsii
from aws_cdk import IStableStringProducer, Lazy, Stack
from aws_cdk import aws_imagebuilder as imagebuilder
from constructs import Construct

from .limits import check_configuration_arn, check_configuration_region

_ARGUMENT = "distribution_configuration"


def configuration_arn(scope: Construct, configuration: Any) -> str:
    """Return the ARN of a distribution configuration of any of the kinds that the construct takes.

    Raises:
        TypeError: It is none of them.
        ValueError: The ARN is malformed, or the configuration is in another Region than the stack.
    """
    region = Stack.of(scope).region
    if isinstance(configuration, str):
        check_configuration_arn(_ARGUMENT, configuration, region)
        return configuration
    resource = l1_of(configuration)
    if resource is not None:
        check_configuration_region(_ARGUMENT, Stack.of(resource).region, region)
        return resource.attr_arn
    # The L2 of the alpha module; any other IDistributionConfigurationRef.
    arn: object = getattr(configuration, "distribution_configuration_arn", None)
    if arn is None:
        reference = getattr(configuration, "distribution_configuration_ref", None)
        arn = getattr(reference, "distribution_configuration_arn", None)
    if not isinstance(arn, str):
        raise TypeError(
            f"{_ARGUMENT} must be a CfnDistributionConfiguration, a DistributionConfiguration of the alpha "
            f"module, an IDistributionConfigurationRef or an ARN, got {type(configuration).__name__}"
        )
    check_configuration_arn(_ARGUMENT, arn, region)
    return arn


def l1_of(configuration: Any) -> imagebuilder.CfnDistributionConfiguration | None:
    """Return the CloudFormation resource of a configuration that is in this app, None for an imported one."""
    if isinstance(configuration, imagebuilder.CfnDistributionConfiguration):
        return configuration
    if isinstance(configuration, Construct):
        child = configuration.node.default_child
        if isinstance(child, imagebuilder.CfnDistributionConfiguration):
            return child
    return None


def revision_of(revision: str | None, resource: imagebuilder.CfnDistributionConfiguration | None) -> str | None:
    """Return a user's revision and a token for a digest of what the configuration distributes where.

    CloudFormation updates a changed configuration in place under the same ARN, so that without this digest, 16
    hexadecimal digits, it would see nothing to do for its distribution.
    """
    digest = Lazy.string(_ContentDigest(resource)) if resource is not None else None
    return " ".join(part for part in (revision, digest) if part is not None) or None


@jsii.implements(IStableStringProducer)
class _ContentDigest:
    """Digests the distributions as they stand at synthesis; raw overrides of the resource do not show."""

    def __init__(self, resource: imagebuilder.CfnDistributionConfiguration) -> None:
        self._resource = resource

    def produce(self) -> str:
        distributions = Stack.of(self._resource).resolve(self._resource.distributions)
        content = json.dumps(distributions, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]
