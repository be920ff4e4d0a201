"""A stack that failed while rollback was disabled takes another update, which goes on from there.

Source: CloudFormation user guide, stack failure options.
"""

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import handlers

from local_aws.patching import existing

_FAILED = ("CREATE_FAILED", "UPDATE_FAILED")


def install() -> None:
    """Let UpdateStack and change sets take such a stack for one that can be updated."""
    resolve = existing(handlers, "_resolve_stack")

    def wrap(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def start(parameters: Any) -> Any:
            stack = resolve(handlers._p(parameters, "StackName"))
            status = (stack or {}).get("StackStatus")
            if status not in _FAILED:
                return original(parameters)
            stack["StackStatus"] = "UPDATE_COMPLETE"
            try:
                return original(parameters)
            finally:
                if stack["StackStatus"] == "UPDATE_COMPLETE":
                    stack["StackStatus"] = status

        return start

    actions: dict[str, Any] = existing(handlers, "_ACTION_HANDLERS")
    for name in ("UpdateStack", "CreateChangeSet"):
        actions[name] = wrap(actions[name])
