"""Deleting one resource, in a clean-up or for good."""

import logging

from ministack.services.cloudformation import provisioners

from local_aws.stack_operations.operation import Operation, Replaced, carry_out

_log = logging.getLogger("local_aws")
# A failed Delete of a clean-up is tried again, then the resource is forgotten.
_TRIES = 3


async def delete(operation: Operation, name: str, resource: Replaced) -> None:
    """Delete a resource.

    Raises:
        Exception: The reason for which it cannot be deleted.
    """
    for call, arguments, options in resource.deletes:
        call(*arguments, **options)
    if resource.physical_id and not resource.deletes:
        await carry_out(
            resource.resource_type,
            provisioners._delete_resource,
            resource.resource_type,
            resource.physical_id,
            resource.properties,
            operation.name,
            name,
        )


async def delete_in_clean_up(
    operation: Operation, name: str, resource: Replaced, retained: bool, *, removed: bool = False
) -> None:
    """Delete what an operation left behind, which fails no stack.

    Args:
        operation: The operation.
        name: The logical id.
        resource: What is deleted.
        retained: Whether the template keeps it.
        removed: Whether the resource has left the stack, and is no older form of one that stays.
    """
    event = (name, resource.resource_type)
    if retained:
        operation.event(*event, "DELETE_SKIPPED", physical_id=resource.physical_id)
    for attempt in range(0 if retained else _TRIES):
        if removed and name in operation.records:
            operation.records[name]["ResourceStatus"] = "DELETE_IN_PROGRESS"
        operation.event(*event, "DELETE_IN_PROGRESS", physical_id=resource.physical_id)
        try:
            await delete(operation, name, resource)
        except Exception as problem:
            _log.warning("The clean-up of %s failed, attempt %d: %s", resource.physical_id, attempt + 1, problem)
            operation.event(*event, "DELETE_FAILED", str(problem), resource.physical_id)
        else:
            operation.event(*event, "DELETE_COMPLETE", physical_id=resource.physical_id)
            break
    if removed:
        operation.records.pop(name, None)
