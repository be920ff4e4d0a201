"""The checks of ImageDistribution's arguments, before anything is made of them."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from . import _argument_types as types
from ._environment import check_same_account, check_same_region, environment_of, stack_of
from ._limits import check_account, check_log_group_name, check_role_arn, tag_problems, timeout_seconds
from ._literal import is_placeholder
from ._provider import ImageDistributionProvider
from ._regions import check_region

# One part of a wait.
_TIMEOUT_SECONDS = 55 * 60

_PROVIDER = types.ArgumentType(
    "be an ImageDistributionProvider",
    "Make one in this stack, or leave it out.",
    lambda value: isinstance(value, ImageDistributionProvider),
)

_RETRIES = types.ArgumentType(
    "be a whole number", "Pass the number of retries, 0 to 3.", lambda value: type(value) is int
)
_MOST_RETRIES = 3


def check_arguments(
    scope: Construct,
    id: str,
    *,
    execution_role: iam.IRole | None,
    log_group: logs.ILogGroup | None,
    tags: Mapping[str, str] | None,
    revision: str | None,
    timeout: Duration | None,
    wait: bool,
    retries: int,
    removal_policy: RemovalPolicy,
    auto_delete_amis: bool,
    lifecycle_role: iam.IRole | None,
    provider: ImageDistributionProvider | None,
) -> None:
    """Check the arguments of ImageDistribution that have no class of their own to check them.

    Raises:
        TypeError: An argument has another type.
        ValueError: An argument breaks a rule of the Image Builder API, or does not go with another one.
    """
    types.SCOPE.check("scope", scope)
    types.TEXT.check("id", id)
    types.ROLE.check_optional("execution_role", execution_role)
    types.LOG_GROUP.check_optional("log_group", log_group)
    types.TAGS.check_optional("tags", tags)
    types.TEXT.check_optional("revision", revision)
    types.DURATION.check_optional("timeout", timeout)
    seconds_of(timeout)
    types.FLAG.check("wait", wait)
    _RETRIES.check("retries", retries)
    types.REMOVAL_POLICY.check("removal_policy", removal_policy)
    types.FLAG.check("auto_delete_amis", auto_delete_amis)
    types.ROLE.check_optional("lifecycle_role", lifecycle_role)
    _PROVIDER.check_optional("provider", provider)
    if removal_policy == RemovalPolicy.SNAPSHOT:
        raise ValueError(
            f"removal_policy must be DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, got {removal_policy}. Pass "
            "aws_cdk.RemovalPolicy.RETAIN to keep the image: CloudFormation takes no snapshot of a custom resource."
        )
    if auto_delete_amis and removal_policy != RemovalPolicy.DESTROY:
        raise ValueError(
            f"removal_policy must be RemovalPolicy.DESTROY with auto_delete_amis, got {removal_policy}. "
            "Leave one of the two out: an image that is retained keeps its AMIs."
        )
    if not 0 <= retries <= _MOST_RETRIES:
        raise ValueError(f"retries must be from 0 to {_MOST_RETRIES}, got {retries}. Deploy again after more failures.")
    if retries and not wait:
        raise ValueError(
            f"retries must be 0 with wait=False, got {retries}: only the wait retries. Leave one of the two out."
        )
    if lifecycle_role is not None and not auto_delete_amis:
        raise ValueError(
            "auto_delete_amis must be True with lifecycle_role, got False. Leave lifecycle_role out: no AMI is deleted."
        )
    problems = tag_problems(tags or {})
    if problems:
        raise ValueError(" ".join(problems))
    own = environment_of(stack_of(scope))
    if log_group is not None:
        check_log_group_name("log_group", log_group.log_group_name)
        check_same_region("log_group", log_group.env.region, own.region, "Image Builder logs where it is called.")
        check_same_account("log_group", log_group.env.account, own.account, "Image Builder logs to its own account.")
    for argument, role in (("execution_role", execution_role), ("lifecycle_role", lifecycle_role)):
        if role is not None:
            check_role_arn(argument, role.role_arn)
            # The account of CDK's placeholder is not the role's. A token's is known: that of the stack with the role.
            if not is_placeholder(role.role_arn):
                check_same_account(argument, role.env.account, own.account, "Pass a role of this account.")
    if provider is not None:
        provider._check_serves(scope)


def seconds_of(timeout: Duration | None) -> int:
    """Return the seconds of a timeout or of the default.

    Raises:
        ValueError: It is outside of the limits, or a token.
    """
    return timeout_seconds("timeout", timeout) if timeout is not None else _TIMEOUT_SECONDS


def check_place(region: str, account: str | None) -> None:
    """Check the arguments of `ami_id()`.

    Raises:
        TypeError: One of them is no string.
        ValueError: One of them cannot be a Region or an account.
    """
    types.TEXT.check("region", region)
    types.ACCOUNT.check_optional("account", account)
    check_region("region", region)
    if account is not None:
        check_account("account", account)
