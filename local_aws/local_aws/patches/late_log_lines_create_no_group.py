"""A late log line does not bring back a log group that was deleted: AWS asks for logs:CreateLogGroup.

ministack creates the group that a function names in its LoggingConfig with every invocation's log. A function's last
answer lets CloudFormation delete its group, and the log of that invocation is written after it.
"""

from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch_logs, lambda_svc

from local_aws.patching import existing, replace


def install() -> None:
    """Drop the log of an invocation whose named group does not exist."""
    groups = existing(cloudwatch_logs, "_log_groups")

    def wrap(original: Callable[..., None]) -> Callable[..., None]:
        def emit_lambda_logs(func: dict[str, Any], *arguments: Any, **options: Any) -> None:
            configuration = func.get("config") or func
            named = configuration.get("LoggingConfig", {}).get("LogGroup")
            # ministack writes the name of the group that Lambda itself makes there too.
            own = f"/aws/lambda/{configuration.get('FunctionName')}"
            if named in (None, "", own):
                original(func, *arguments, **options)
                return
            group = groups.get(named)
            if group is not None:
                original(func, *arguments, **options)
                # CloudFormation may have deleted the group after the check; ministack has then made another one.
                if groups.get(named) is not group:
                    groups.pop(named, None)

        return emit_lambda_logs

    replace(lambda_svc, "_emit_lambda_logs", wrap)
