"""Whether Image Builder reaches another account: its execution role assumes a role of one exact name there.

Source: Image Builder user guide, Set up cross-account AMI distribution.
"""

from ministack.core import iam_evaluator
from ministack.services import iam

from local_aws.patching import existing

_NAME = "EC2ImageBuilderDistributionCrossAccountRole"
_SESSION = "Ec2ImageBuilderIntegrationService"


def problem(execution_role: str, account: str, target: str, region: str) -> str | None:
    """Why the role of a target account cannot be assumed, in IAM's words, or None when it can.

    As on AWS, a role that is not there and one that does not trust its caller are denied alike.

    Args:
        execution_role: Its name or ARN, in `account`.
        account: The one that distributes.
        target: The other one.
        region: Where Image Builder is called.
    """
    name = execution_role.rpartition("/")[2]
    caller = f"arn:aws:sts::{account}:assumed-role/{name}/{_SESSION}"
    wanted = f"arn:aws:iam::{target}:role/{_NAME}"
    context = iam_evaluator.EvalContext(
        principal_arn=caller,
        principal_type="AssumedRole",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn=wanted,
        region=region,
    )
    role = iam._roles.get_scoped(target, None, _NAME)
    allowed = iam_evaluator.evaluate(context, existing(iam_evaluator, "_gather_role_policies")(name, account))
    trusted = iam_evaluator.evaluate_resource_policy(role and role["AssumeRolePolicyDocument"], context)
    if allowed.decision == trusted.decision == "Allow":
        return None
    return f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {wanted}"
