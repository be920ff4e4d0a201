"""The role that Image Builder distributes with, and its policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jsii
from aws_cdk import CfnResource, IStableAnyProducer, Lazy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from ._acknowledgements import acknowledge, wildcards
from ._configuration_content import Distribution
from ._distribution_configuration import DistributionConfiguration
from ._distribution_permissions import statements_for
from ._made_role import MadeRole, Trust
from ._role_policies import policies_of

_POLICY = "EC2ImageBuilderExecutionPolicy"


class ExecutionRole(MadeRole):
    """A role that only Image Builder, and only for this account, can assume to distribute an image.

    AWS's managed policy covers the distribution itself, but of logs only /aws/imagebuilder/ and of SSM
    parameters only /imagebuilder/; what a distribution needs on top is granted by name.

    Args:
        scope: Where the role goes.
        id: Its id there.
        trust: What the stack's roles have in common.
        log_group: The log group that Image Builder writes to, if not its own.
        source_parameter: ARN of the SSM parameter that Image Builder reads the source from, if any.
        source_ami: Id of the source AMI, "*" if only Image Builder will know it, None for an image of Image Builder.
        configuration: The configuration; the role gets what its content needs.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        trust: Trust,
        log_group: logs.ILogGroup | None,
        source_parameter: str | None,
        source_ami: str | None,
        configuration: DistributionConfiguration,
    ) -> None:
        super().__init__(scope, id, trust=trust, policy=_POLICY)
        self._policy: _DistributionPolicy | None = None
        self._user: CfnResource | None = None
        statements = []
        if log_group is not None:
            statements.append(
                iam.PolicyStatement(
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[log_group.log_group_arn],
                )
            )
        if source_parameter is not None:
            statements.append(iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[source_parameter]))
        if statements or configuration.resource is not None:
            found = _Statements(scope, statements, source_ami, configuration)
            self._policy = _DistributionPolicy(self, "Distribution", self, found)
            acknowledge(scope, self, found.reasons)

    def serve(self, resource: CfnResource) -> None:
        """Let CloudFormation make the resource that uses the role after the role's policies."""
        if self._policy is not None:
            resource.node.add_dependency(self._policy)
        self._user = resource

    def attach_inline_policy(self, policy: iam.Policy) -> None:
        """Attach a policy; CDK calls this for each kind of grant, whether by the app or by an aspect."""
        super().attach_inline_policy(policy)
        # Only now: most roles get no grant, and to look for their policies takes six round trips to jsii's kernel.
        if self._user is not None:
            self._user.node.add_dependency(policies_of(self))
            self._user = None


@jsii.implements(IStableAnyProducer)
class _Statements:
    """The statements of the execution role's policy at synthesis."""

    def __init__(
        self,
        scope: Construct,
        statements: Sequence[iam.PolicyStatement],
        source_ami: str | None,
        configuration: DistributionConfiguration,
    ) -> None:
        self._scope = scope
        self._fixed = statements
        self._source_ami = source_ami
        self._configuration = configuration
        self._distributions: list[Distribution] = []
        self._needed: list[iam.PolicyStatement] = []

    def is_any(self) -> bool:
        return bool(self._fixed) or bool(self.all())

    def all(self) -> list[iam.PolicyStatement]:
        # CDK asks five times in a synthesis, and to make a statement takes round trips to jsii's kernel.
        distributions = self._configuration.distributions()
        if distributions != self._distributions:
            self._needed = statements_for(self._scope, distributions, self._source_ami)
            self._distributions = distributions
        return [*self._fixed, *self._needed]

    def produce(self) -> Any:
        statements = self.all()
        # CDK makes nothing of an empty document, which cdk-nag cannot read.
        return iam.PolicyDocument(statements=statements).to_json() if statements else {"Statement": []}

    def reasons(self) -> dict[str, str]:
        resources = [resource for statement in self.all() for resource in statement.resources]
        reason = (
            "Descriptions take no narrower resource than '*', a key known by its alias is narrowed by a condition, "
            "the snapshots of an AMI are not known before the deployment, and Regions and accounts are '*' only if "
            "they are more than a policy holds. What only another stack's template can name is '*'."
        )
        return dict.fromkeys(wildcards(self._scope, resources), reason)


class _DistributionPolicy(iam.CfnPolicy):
    """A policy with the statements at synthesis, not in the template without any.

    It is a resource of its own, not a property of the role: what it refers to, such as a key, may refer to the role.
    """

    def __init__(self, scope: Construct, id: str, role: iam.Role, statements: _Statements) -> None:
        super().__init__(scope, id, policy_name=id, policy_document=Lazy.any(statements), roles=[role.role_name])
        self._statements = statements

    @jsii.member(jsii_name="shouldSynthesize")
    def _should_synthesize(self) -> bool:
        return self._statements.is_any()
