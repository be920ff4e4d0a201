"""A custom resource whose Create failed gets a Delete on AWS, with the physical id that its FAILED response carried.

ministack forgets it, so that whatever the failed Create left behind would stay and no test would notice.
Where no response came at all, AWS makes the id up: `<stack>-<logical id>-<suffix>`. Source: CloudFormation
user guide.
"""

import secrets
from collections.abc import Callable
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import custom_resource, stacks

from local_aws.patching import existing, replace

_FAILED = "CREATE_FAILED"


def install() -> None:
    """Record a failed Create as a resource of its stack, which every way of going back then deletes."""
    answered: dict[tuple[str, str], str] = {}
    known_stacks = existing(cloudformation, "_stacks")

    def wrap_deliver(original: Callable[..., bool]) -> Callable[..., bool]:
        def deliver_response(token: str, response: dict[str, Any]) -> bool:
            place = response.get("StackId", ""), response.get("LogicalResourceId", "")
            answered[place] = response.get("PhysicalResourceId", "")
            return original(token, response)

        return deliver_response

    def wrap_invoke(original: Callable[..., Any]) -> Callable[..., Any]:
        def invoke_custom_resource(
            request_type: str,
            logical_id: str,
            props: dict[str, Any],
            stack_name: str,
            stack_id: str,
            resource_type: str,
            *rest: Any,
            **options: Any,
        ) -> Any:
            answered.pop((stack_id, logical_id), None)
            try:
                return original(request_type, logical_id, props, stack_name, stack_id, resource_type, *rest, **options)
            except Exception:
                stack = known_stacks.get(stack_name)
                if request_type == "Create" and stack is not None and stack.get("StackId") == stack_id:
                    invented = f"{stack_name}-{logical_id}-{secrets.token_hex(6).upper()}"
                    stack.setdefault("_resources", {})[logical_id] = {
                        "PhysicalResourceId": answered.get((stack_id, logical_id)) or invented,
                        "ResourceType": resource_type,
                        "ResourceStatus": _FAILED,
                        "LogicalResourceId": logical_id,
                        "Properties": props,
                        "Attributes": {},
                    }
                raise

        return invoke_custom_resource

    def wrap_roll_back(original: Callable[..., Any]) -> Callable[..., Any]:
        async def roll_back_operation(
            stack_name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], *rest: Any
        ) -> None:
            failed = operation.get("failed_logical_id")
            record = stack.get("_resources", {}).get(failed, {})
            if record.get("ResourceStatus") == _FAILED and failed not in operation["created"]:
                operation["created"].append(failed)
            await original(stack_name, stack_id, stack, operation, *rest)

        return roll_back_operation

    replace(custom_resource, "deliver_response", wrap_deliver)
    replace(custom_resource, "invoke_custom_resource", wrap_invoke)
    replace(stacks, "_roll_back_operation", wrap_roll_back)
