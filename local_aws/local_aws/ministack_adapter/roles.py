"""The roles that Image Builder acts with: whether it can assume them, and what IAM lets their sessions do.

Source: Image Builder user guide, Set up cross-account AMI distribution; IAM user guide, policy evaluation logic.
"""

from typing import Any

from ministack.core import iam_actions, iam_evaluator, responses
from ministack.services import iam, kms

from local_aws.image_builder.backend import Context
from local_aws.patching import existing

SERVICE = "imagebuilder.amazonaws.com"
_SESSION = "Ec2ImageBuilderIntegrationService"


def arn_of(role: str, account: str) -> str | None:
    """The ARN of a role of an account with its path, given by name or ARN, or None when there is no such role."""
    record = iam._roles.get_scoped(account, None, role.rpartition("/")[2])
    if record is None or (role.startswith("arn:") and record["Arn"] != role):
        return None
    return str(record["Arn"])


def trusts_service(role: str, account: str, region: str, image: str = "") -> bool:
    """Whether a role, by its ARN, lets Image Builder of an account assume it, for an image if one is given."""
    record = _record(role)
    context = iam_evaluator.EvalContext(
        principal_arn=SERVICE,
        principal_type="Service",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn=role,
        region=region,
        service_context={"aws:sourceaccount": account, **({"aws:sourcearn": image} if image else {})},
    )
    trust = record and record["AssumeRolePolicyDocument"]
    return bool(iam_evaluator.evaluate_resource_policy(trust, context, service=SERVICE).decision == "Allow")


def denial(role: str, action: str, resource: str, region: str, context: Context) -> str | None:
    """Why a session of a role may not do something, in IAM's words, or None when it may.

    Its policies, its permissions boundary, the policy of a KMS key and the key's grants decide.
    """
    request = _request(role, action, resource, region, context)
    policies, *limits = _policies(role)
    decided = iam_evaluator.evaluate(request, policies, *limits)
    service = action.partition(":")[0]
    owner = resource.split(":")[4] if resource.startswith("arn:") else ""
    with responses.request_scope(owner or _account(role), region):
        own = existing(iam_evaluator, "_resource_policy")(service, resource)
    if own is not None:
        required = service in existing(iam_evaluator, "_POLICY_REQUIRED")
        decided = iam_evaluator.combine_resource_policy(decided, request, *own, required=required, limits=limits)
    decision = decided.decision
    if decision == "Allow" or (decision != "Deny" and _is_granted(role, action, resource, region)):
        return None
    message: str = iam_actions.identity_denial_message(action, request.principal_arn, resource, decision == "Deny")
    return message


def target_problem(role: str, target_role: str, region: str) -> str | None:
    """Why a session of a role cannot assume a role of another account, in IAM's words, or None when it can.

    As on AWS, a role that does not exist and one that does not trust its caller are denied alike.
    """
    request = _request(role, "sts:AssumeRole", target_role, region, {})
    allowed = iam_evaluator.evaluate(request, *_policies(role))
    record = _record(target_role)
    trusted = iam_evaluator.evaluate_resource_policy(record and record["AssumeRolePolicyDocument"], request)
    if allowed.decision == trusted.decision == "Allow":
        return None
    return f"User: {request.principal_arn} is not authorized to perform: sts:AssumeRole on resource: {target_role}"


def _is_granted(role: str, action: str, resource: str, region: str) -> bool:
    """Whether a grant of a KMS key lets a role do something. Source: KMS developer guide, grants."""
    service, _, operation = action.partition(":")
    if service != "kms":
        return False
    with responses.request_scope(_account(resource), region):
        grants = list(kms._grants.values())
    return any(
        grant["KeyId"] == resource and grant["GranteePrincipal"] == role and operation in grant["Operations"]
        for grant in grants
    )


def _request(role: str, action: str, resource: str, region: str, context: Context) -> Any:
    return iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{_account(role)}:assumed-role/{_name(role)}/{_SESSION}",
        principal_type="AssumedRole",
        principal_account=_account(role),
        action=action,
        resource_arn=resource,
        region=region,
        service_context={key.lower(): value for key, value in context.items()},
    )


def _policies(role: str) -> list[Any]:
    """The policies of a role, and the limits to them."""
    gather, boundary = (
        existing(iam_evaluator, "_gather_role_policies"),
        existing(iam_evaluator, "_permissions_boundary"),
    )
    name, account = _name(role), _account(role)
    return [gather(name, account), *boundary(iam._roles, name, account)]


def _record(role: str) -> dict[str, Any] | None:
    record: dict[str, Any] | None = iam._roles.get_scoped(_account(role), None, _name(role))
    return record if record and record["Arn"] == role else None


def _account(role: str) -> str:
    return role.split(":")[4]


def _name(role: str) -> str:
    return role.rpartition("/")[2]
