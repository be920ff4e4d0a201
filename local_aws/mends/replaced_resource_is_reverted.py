"""A custom resource that an update replaced gets, on rollback, an Update with its properties swapped.

ministack only restores its record of the old resource and deletes the new one: a handler's way back would
never run, and a test of it would pass whatever it does. Source: CloudFormation user guide, custom resources.
"""

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import stacks

from local_aws.patching import existing, replace


def install() -> None:
    """Let the rollback treat such a resource as updated in place, from its new physical id."""
    is_custom = existing(stacks, "_sends_back_failed_update")

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        async def roll_back_operation(
            stack_name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], *rest: Any
        ) -> None:
            previous = (operation.get("previous_stack") or {}).get("_resources", {})
            for logical_id in operation["created"]:
                new, old = stack["_resources"].get(logical_id), previous.get(logical_id)
                if new and old and is_custom(new["ResourceType"]):
                    old["PhysicalResourceId"] = new["PhysicalResourceId"]
            operation["replaced_ids"] = [
                logical_id
                for logical_id in operation.get("replaced_ids", [])
                if not is_custom(previous.get(logical_id, {}).get("ResourceType", ""))
            ]
            await original(stack_name, stack_id, stack, operation, *rest)

        return roll_back_operation

    replace(stacks, "_roll_back_operation", wrap)
