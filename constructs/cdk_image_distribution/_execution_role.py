"""The roles that Image Builder acts with: to distribute, and to delete AMIs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jsii
from aws_cdk import ArnFormat, Aws, IStableAnyProducer, Lazy, Stack, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct, Dependable, DependencyGroup, IConstruct, IDependable, IValidation

from ._acknowledgements import acknowledge, managed_policy, wildcards
from ._distribution_configuration import DistributionConfiguration
from ._distribution_permissions import statements_for


def make_execution_role(
    scope: Construct,
    id: str,
    *,
    log_group: logs.ILogGroup | None,
    source_parameter: str | None,
    configuration: DistributionConfiguration,
) -> iam.Role:
    """Make a role that only Image Builder, and only for this account, can assume to distribute an image.

    AWS's managed policy covers the distribution itself, but of logs only /aws/imagebuilder/ and of SSM
    parameters only /imagebuilder/; what a distribution needs on top is granted by name.

    Args:
        scope: Where the role goes.
        id: Its id there.
        log_group: The log group that Image Builder writes to, if not its own.
        source_parameter: Name or ARN of the SSM parameter that Image Builder reads the source from, if any.
        configuration: The configuration; the role gets what its content needs.
    """
    statements = []
    if log_group is not None:
        statements.append(
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[log_group.log_group_arn],
            )
        )
    if source_parameter is not None:
        statements.append(
            iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[_parameter_arn(scope, source_parameter)])
        )
    role = _made_role(
        scope, id, "EC2ImageBuilderExecutionPolicy", "EC2 Image Builder distributes an image with this role."
    )
    policy = _DistributionPolicy(role, statements, configuration)
    resource = role.node.default_child
    assert isinstance(resource, iam.CfnRole)
    resource.policies = Lazy.any(policy, omit_empty_array=True)
    role.node.add_validation(policy)
    return role


def make_lifecycle_role(scope: Construct, id: str) -> iam.Role:
    """Make a role to delete AMIs and snapshots with; AWS's policy knows only those that Image Builder made."""
    policy = "service-role/EC2ImageBuilderLifecycleExecutionPolicy"
    return _made_role(scope, id, policy, "EC2 Image Builder deletes the AMIs of an image with this role.")


def policies_of(role: iam.IRole) -> IDependable:
    """Return what stands when every policy that the app gives to a role does, asked at synthesis.

    What a user grants to a role may become a resource of its own, which nothing else makes a distribution wait for.
    """
    group = DependencyGroup()
    Dependable.implement(group, _PoliciesOf(role))
    return group


class _PoliciesOf(Dependable):
    """The policies below a role at synthesis; none for a role without grants."""

    def __init__(self, role: iam.IRole) -> None:
        super().__init__()
        self._role = role

    @property
    def dependency_roots(self) -> list[IConstruct]:
        return [child for child in self._role.node.find_all() if isinstance(child, iam.Policy)]


@jsii.implements(IStableAnyProducer, IValidation)
class _DistributionPolicy:
    """A role's inline policy with the statements as they stand at synthesis; no policy without a statement."""

    def __init__(
        self, role: iam.Role, statements: Sequence[iam.PolicyStatement], configuration: DistributionConfiguration
    ) -> None:
        self._role = role
        self._fixed = statements
        self._configuration = configuration

    def produce(self) -> list[dict[str, Any]]:
        statements = self._statements()
        if not statements:
            return []
        document = iam.PolicyDocument(statements=statements)
        return [{"policyName": "Distribution", "policyDocument": document.to_json()}]

    def validate(self) -> list[str]:
        # There is nothing to find; it is the hour at which the statements are known.
        resources = [resource for statement in self._statements() for resource in statement.resources]
        reason = (
            "Descriptions take no narrower resource than '*', a key known by its alias is narrowed by a condition, "
            "and Regions and accounts are '*' only if they are more than a policy holds."
        )
        acknowledge(self._role, dict.fromkeys(wildcards(self._role, resources), reason))
        return []

    def _statements(self) -> list[iam.PolicyStatement]:
        return [*self._fixed, *statements_for(self._role, self._configuration.distributions())]


def _made_role(scope: Construct, id: str, policy_name: str, description: str) -> iam.Role:
    role = iam.Role(
        scope,
        id,
        # Keeps out the confused deputy: another account's Image Builder.
        assumed_by=iam.ServicePrincipal(
            "imagebuilder.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
        ),
        description=description,
        managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(policy_name)],
    )
    reason = "AWS asks for its own policy, which changes with the service; it covers what Image Builder made, no more."
    acknowledge(role, {managed_policy(policy_name): reason})
    return role


def _parameter_arn(scope: Construct, parameter: str) -> str:
    if not Token.is_unresolved(parameter) and parameter.startswith("arn:"):
        return parameter
    return Stack.of(scope).format_arn(
        service="ssm",
        resource="parameter",
        resource_name=parameter.removeprefix("/"),
        arn_format=ArnFormat.SLASH_RESOURCE_NAME,
    )
