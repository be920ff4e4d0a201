"""EventBridge may invoke a function only where the function's own policy says so.

ministack invokes it without asking, so a missing `AWS::Lambda::Permission` would never show.
"""

import logging
from collections.abc import Callable
from typing import Any

from ministack.core import iam_evaluator, responses
from ministack.services import eventbridge, lambda_svc

from local_aws.patching import existing, replace

_log = logging.getLogger("local_aws")
_SERVICE = "events.amazonaws.com"


def install() -> None:
    """Drop an invocation that the function's policy does not allow, as EventBridge does, and log it."""
    policy_of = existing(lambda_svc, "function_policy_for_arn")
    evaluate = existing(iam_evaluator, "evaluate_resource_policy")
    context = existing(iam_evaluator, "EvalContext")

    def allowed(function: str, rule: str) -> bool:
        found = policy_of(function)
        if found is None:
            return False
        account = responses.get_account_id()
        request = context(
            principal_arn=_SERVICE,
            principal_type="Service",
            principal_account=account,
            action="lambda:InvokeFunction",
            resource_arn=function,
            region=responses.get_region(),
            service_context={"aws:sourcearn": rule, "aws:sourceaccount": account},
        )
        return bool(evaluate(found[0], request, service=_SERVICE).decision == "Allow")

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def invoke_target(target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> Any:
            function = target.get("Arn", "")
            if ":lambda:" in function and not allowed(function, rule["Arn"]):
                _log.warning("%s may not invoke %s: the function's policy does not allow it", rule["Arn"], function)
                return None
            return original(target, event, rule, view)

        return invoke_target

    replace(eventbridge, "_invoke_target", wrap)
