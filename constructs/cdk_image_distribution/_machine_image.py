"""The AMI of a distribution as the EC2 constructs take it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

import jsii
from aws_cdk import Stack, Stage
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from ._distribution_configuration import DistributionConfiguration
from ._environment import stack_of
from ._literal import is_literal, is_placeholder
from ._written_values import Value

if TYPE_CHECKING:
    from ._image_distribution import ImageDistribution


@jsii.implements(ec2.IMachineImage)
class DistributedMachineImage:
    """The AMI of a distribution in the Region and account of the stack that uses it."""

    def __init__(
        self,
        distribution: ImageDistribution,
        configuration: DistributionConfiguration,
        os: ec2.OperatingSystemType,
        user_data: ec2.UserData | None,
    ) -> None:
        self._distribution = distribution
        self._configuration = configuration
        self._os = os
        self._user_data = user_data

    def get_image(self, scope: Construct) -> ec2.MachineImageConfig:
        """Return the AMI for a stack: a reference in the distribution's own one, an SSM parameter elsewhere.

        A reference from another stack would be an export. CloudFormation changes no export that is in use, so the next
        AMI could not be deployed.

        Raises:
            ValueError: The configuration writes no SSM parameter in the stack's Region and account.
        """
        own, here = _deployed_with(self._distribution), _deployed_with(scope)
        if here.node.path == own.node.path:
            return self._config(self._distribution.ami_id(stack_of(self._distribution).region))
        name = self._parameter_name(own, here)
        if is_placeholder(name):
            # CDK refuses it as a parameter's name.
            return self._config(name)
        if _stage_path(here) == _stage_path(own):
            here.add_dependency(own, "the distribution writes the SSM parameter")
        return ec2.MachineImage.from_ssm_parameter(name, os=self._os, user_data=self._user_data).get_image(scope)

    def _config(self, ami_id: str) -> ec2.MachineImageConfig:
        user_data = self._user_data or ec2.UserData.for_operating_system(self._os)
        return ec2.MachineImageConfig(image_id=ami_id, os_type=self._os, user_data=user_data)

    def _parameter_name(self, own: Stack, here: Stack) -> str:
        use = f"for machine_image() in stack {here.node.path}"
        if self._configuration.resource is None:
            raise ValueError(
                f"distribution_configuration must be a construct of this app {use}, got its ARN. Call "
                "ec2.MachineImage.from_ssm_parameter() in that stack, with the name of an SSM parameter that the "
                "configuration writes in the stack's Region and account."
            )
        distributions = self._configuration.distributions()
        parameters = [
            parameter
            for item in distributions
            if _may_be(item.region, own, here.region, here)
            for parameter in item.ssm_parameters
            if _may_be(parameter.account or own.account, own, here.account, here)
        ]
        for parameter in parameters:
            if _is_known(parameter.name) and not parameter.is_conditional:
                return parameter.name
        names = list(dict.fromkeys(parameter.name for parameter in parameters if _is_known(parameter.name)))
        if len(names) > 1:
            raise ValueError(
                f"ssmParameterConfigurations must have one parameterName {use}, got {' or '.join(names)}, depending "
                "on a condition. Write the same parameterName in each branch of Fn::If."
            )
        if names:
            return names[0]
        if parameters:
            raise ValueError(
                f"parameterName must be text {use}, got a token. Write the same text as the SSM parameter's name and "
                "as parameterName in the distribution configuration."
            )
        if any({"distributions", "ssmParameterConfigurations"} & set(item.unreadable) for item in distributions):
            raise ValueError(
                f"distribution_configuration must be readable at synthesis {use}, got an intrinsic function. Call "
                "ec2.MachineImage.from_ssm_parameter() in that stack, with the name of an SSM parameter that the "
                "configuration writes in the stack's Region and account."
            )
        if (own.account, own.region) != (here.account, here.region):
            _check_environment(own, use)
            _check_environment(here, use)
        account = f", 'amiAccountId': {here.account!r}" if here.account != own.account else ""
        raise ValueError(
            f"ssmParameterConfigurations must have an SSM parameter in Region {_shown(here.region)} and account "
            f"{_shown(here.account)} {use}, got none. Add 'ssmParameterConfigurations': "
            f"[{{'parameterName': '/golden/ami'{account}}}] to the entry of that Region in the distribution "
            "configuration."
        )


def _check_environment(stack: Stack, use: str) -> None:
    if not is_literal(stack.account) or not is_literal(stack.region):
        raise ValueError(
            f"env of stack {stack.node.path} must have an account and a Region {use}, got account "
            f"{_shown(stack.account)} and Region {_shown(stack.region)}. Pass "
            "env=cdk.Environment(account=…, region=…) to the stack."
        )


def _shown(value: str) -> str:
    return value if is_literal(value) else "(unknown)"


def _deployed_with(scope: Construct) -> Stack:
    # Between nested stacks of one stack, references are parameters and outputs, not exports.
    stack = stack_of(scope)
    while stack.nested_stack_parent is not None:
        stack = stack.nested_stack_parent
    return stack


def _stage_path(stack: Stack) -> str:
    stage = Stage.of(stack)
    return stage.node.path if stage is not None else ""


def _is_known(name: Value) -> TypeGuard[str]:
    # CDK looks a placeholder up before the deployment.
    return is_literal(name) or is_placeholder(name)


def _may_be(value: Value, own: Stack, other: str, here: Stack) -> bool:
    if is_placeholder(value):
        return True
    # AWS::Region of two stacks without a Region of their own: CDK, too, takes them to be in one.
    return bool(own.resolve(value) == here.resolve(other))
