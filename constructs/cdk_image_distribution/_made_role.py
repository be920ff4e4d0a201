"""The roles that the construct makes for Image Builder."""

from __future__ import annotations

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from ._acknowledgements import INLINE_POLICIES, acknowledge, managed_policy


class MadeRole(iam.Role):
    """A role that only Image Builder can assume, and only for this account.

    Args:
        scope: Where the role goes.
        id: Its id there.
        path: Its IAM path, for which the function has PassRole.
        policy: Name of an AWS managed policy.
    """

    def __init__(self, scope: Construct, id: str, *, path: str, policy: str) -> None:
        for_this_account = {"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}}
        super().__init__(
            scope,
            id,
            # Keeps out the confused deputy: another account's Image Builder.
            assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com", conditions=for_this_account),
            path=path,
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(policy)],
        )
        reason = (
            "AWS asks for its own policy, which changes with the service; it covers what Image Builder made, no more."
        )
        acknowledge(self, {managed_policy(policy): reason, **INLINE_POLICIES})

    @property
    def policy_fragment(self) -> iam.PrincipalPolicyFragment:
        """The role as a resource's policy names it: the account, on condition of the role's path.

        The policy of a key in another stack or Region would otherwise refer to the role, whose distribution refers
        to the key: a dependency cycle.
        """
        account = f"arn:{Aws.PARTITION}:iam::{Stack.of(self).account}"
        return iam.PrincipalPolicyFragment(
            {"AWS": [f"{account}:root"]},
            {"ArnLike": {"aws:PrincipalArn": f"{account}:role/cdk-image-distribution/*"}},
        )
