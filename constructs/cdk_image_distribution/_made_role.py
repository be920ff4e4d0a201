"""The roles that the construct makes for Image Builder."""

from __future__ import annotations

from aws_cdk import Aws, Fn
from aws_cdk import aws_iam as iam
from constructs import Construct

from ._acknowledgements import INLINE_POLICIES, acknowledge, managed_policy
from ._environment import environment_of, stack_of


class Trust:
    """What the roles of a stack's distributions have in common, made once to save round trips to jsii's kernel.

    Args:
        scope: A construct of the stack.
        path: The roles' IAM path, for which the function has PassRole.
    """

    def __init__(self, scope: Construct, path: str) -> None:
        self._scope = scope
        self.path = path
        #: The roles' stack, and its account.
        self.stack = stack_of(scope)
        self.account = environment_of(self.stack).account
        # Keeps out the confused deputy: another account's Image Builder.
        conditions = {"StringEquals": {"aws:SourceAccount": self.account}}
        self.principal = iam.ServicePrincipal("imagebuilder.amazonaws.com", conditions=conditions)
        self._managed_policies: dict[str, iam.IManagedPolicy] = {}

    def managed_policy(self, name: str) -> iam.IManagedPolicy:
        """Return a managed policy of AWS."""
        if name not in self._managed_policies:
            # By Fn::Sub: as CDK writes the ARN, it takes 100 bytes more in each role.
            arn = Fn.sub(f"arn:${{AWS::Partition}}:iam::aws:policy/{name}")
            id = name.rpartition("/")[2]
            self._managed_policies[name] = iam.ManagedPolicy.from_managed_policy_arn(self._scope, id, arn)
        return self._managed_policies[name]


class MadeRole(iam.Role):
    """A role that only Image Builder can assume, and only for this account.

    Args:
        scope: Where the role goes.
        id: Its id there.
        trust: What the stack's roles have in common.
        policy: Name of an AWS managed policy.
    """

    def __init__(self, scope: Construct, id: str, *, trust: Trust, policy: str) -> None:
        super().__init__(
            scope, id, assumed_by=trust.principal, path=trust.path, managed_policies=[trust.managed_policy(policy)]
        )
        self._account = trust.account
        reason = (
            "AWS asks for its own policy, which changes with the service; it covers what Image Builder made, no more."
        )
        acknowledge(trust.stack, self, lambda: {managed_policy(policy): reason, **INLINE_POLICIES})

    @property
    def policy_fragment(self) -> iam.PrincipalPolicyFragment:
        """The role as a resource's policy names it: the account, on condition of the role's path.

        The policy of a key in another stack or Region would otherwise refer to the role, whose distribution refers
        to the key: a dependency cycle.
        """
        account = f"arn:{Aws.PARTITION}:iam::{self._account}"
        return iam.PrincipalPolicyFragment(
            {"AWS": [f"{account}:root"]},
            {"ArnLike": {"aws:PrincipalArn": f"{account}:role/cdk-image-distribution/*"}},
        )


def check_is_made(argument: str, role_arn: str) -> None:
    """Raise ValueError if `iam.Role.customize_roles()` put another role in the place of a made one.

    Args:
        argument: The argument that takes a user's role.
        role_arn: The role's ARN, a single token if the stack makes the role.
    """
    if ":role" in role_arn:
        raise ValueError(
            f"{argument} must be given with iam.Role.customize_roles(), got None. Pass iam.Role.from_role_name(…): the "
            "function may use only roles that are passed or that the stack makes."
        )
