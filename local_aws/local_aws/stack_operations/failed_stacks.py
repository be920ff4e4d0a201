"""A stack that failed while rollback was disabled takes another update, which goes on from there.

An unchanged template is no reason to refuse it. Source: CloudFormation user guide, stack failure options.
"""

from collections.abc import Callable
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers

from local_aws.patching import existing, replace

_FAILED = ("CREATE_FAILED", "UPDATE_FAILED")
#: Set from the failure to the next operation.
_FAILURE = "_failed_operation"
_UNCHANGED = "didn't contain changes"


def install() -> None:
    """Let UpdateStack and change sets take such a stack for one that can be updated."""
    resolve = existing(handlers, "_resolve_stack")
    change_sets = existing(cloudformation, "_change_sets")

    def wrap(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def start(parameters: Any) -> Any:
            stack = resolve(handlers._p(parameters, "StackName"))
            status = (stack or {}).get("StackStatus")
            if status not in _FAILED:
                return original(parameters)
            stack["StackStatus"] = "UPDATE_COMPLETE"
            try:
                answer = original(parameters)
            finally:
                if stack["StackStatus"] == "UPDATE_COMPLETE":
                    stack["StackStatus"] = status
            for change_set in change_sets.values():
                if change_set["StackId"] == stack["StackId"] and _UNCHANGED in change_set["StatusReason"]:
                    change_set.update(
                        Status="CREATE_COMPLETE",
                        ExecutionStatus="AVAILABLE",
                        StatusReason="",
                        Changes=[_change(record) for record in stack["_resources"].values() if _has_failed(record)],
                    )
            return answer

        return start

    def has_no_updates(original: Callable[..., bool]) -> Callable[..., bool]:
        return lambda stack, *rest, **more: _FAILURE not in stack and original(stack, *rest, **more)

    replace(handlers, "_stack_has_no_updates", has_no_updates)
    actions: dict[str, Any] = existing(handlers, "_ACTION_HANDLERS")
    for name in ("UpdateStack", "CreateChangeSet"):
        actions[name] = wrap(actions[name])


def _has_failed(record: dict[str, Any]) -> bool:
    return str(record.get("ResourceStatus")).endswith("_FAILED")


def _change(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "Type": "Resource",
        "ResourceChange": {
            "Action": "Modify",
            "LogicalResourceId": record["LogicalResourceId"],
            "PhysicalResourceId": record["PhysicalResourceId"],
            "ResourceType": record["ResourceType"],
            "Replacement": "False",
        },
    }
