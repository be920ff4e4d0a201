"""EventBridge invokes a function asynchronously: Lambda tries a failed invocation again, as the function says.

ministack invokes it once. Source: Lambda developer guide, asynchronous invocation.
"""

import json
from collections.abc import Callable
from typing import Any

from ministack.services import eventbridge, lambda_svc

from local_aws.patching import existing, replace


def install() -> None:
    """Let ministack's own asynchronous invocation do it."""
    find = existing(lambda_svc, "_get_func_record_for_ref")
    invoke = existing(lambda_svc, "invoke_async_with_retry")

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def dispatch_to_lambda(arn: str, payload: Any) -> Any:
            function, configuration, _ = find(arn)
            if function is None or configuration is None:
                return original(arn, payload)
            record = existing(lambda_svc, "_execution_record_for_config")(function, configuration)
            return invoke(record, json.loads(payload) if isinstance(payload, str) else payload)

        return dispatch_to_lambda

    replace(eventbridge, "_dispatch_to_lambda", wrap)
