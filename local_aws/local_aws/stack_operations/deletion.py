"""The deletion of a stack."""

from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners, stacks

from local_aws.patching import existing
from local_aws.stack_operations.operation import (
    Operation,
    Replaced,
    in_dependency_order,
    is_custom,
    is_known,
    needs,
)
from local_aws.stack_operations.removal import delete
from local_aws.stack_operations.undocumented import behavior, end_of_creates


async def delete_stack(
    stack_name: str, stack_id: str, retain_resources: frozenset[str] = frozenset(), force: bool = False
) -> None:
    """Delete a stack, also one whose create or update still runs: what is in progress is given up."""
    stack = is_known(stack_name)
    if stack is None:
        return
    operation = Operation(
        stack, stack.get("_template") or {}, stack.get("_resolved_params") or {}, stack.get("Tags") or []
    )
    operation.status("DELETE_IN_PROGRESS")
    if behavior().awaits_cancelled_creates:
        await end_of_creates(operation.records)
    for name, record in operation.records.items():
        if record["ResourceStatus"] == "CREATE_IN_PROGRESS":
            invented = operation.invented_id(name) if is_custom(record["ResourceType"]) else ""
            operation.mark(name, "CREATE_FAILED", "Resource creation cancelled", PhysicalResourceId=invented)
    dependencies = needs({name: operation.definitions.get(name, {}) for name in operation.records})
    dependents = {
        name: {other for other, needed in dependencies.items() if name in needed} for name in operation.records
    }
    failed: list[str] = []
    blocked: set[str] = set()

    async def work(name: str) -> None:
        if dependents[name] & blocked and not force:
            # AWS does not touch what a resource depends on that could not be deleted.
            blocked.add(name)
            return
        if not await _delete(operation, name, name in retain_resources, force):
            blocked.add(name)
            failed.append(name)

    await in_dependency_order(dependents, work, lambda: operation.is_given_up())
    if operation.is_given_up():
        return
    if failed:
        names = ", ".join(sorted(failed))
        operation.status("DELETE_FAILED", f"The following resource(s) failed to delete: [{names}]. ")
        return
    for output in stack.get("Outputs", []):
        cloudformation._exports.pop(output.get("ExportName"), None)
    operation.status("DELETE_COMPLETE")


async def _delete(operation: Operation, name: str, retained: bool, force: bool) -> bool:
    """Delete a resource, and return whether the stack is rid of it."""
    record = operation.records[name]
    resource = Replaced(record["ResourceType"], record["PhysicalResourceId"], record["Properties"], [])
    policy = operation.policy(name, "DeletionPolicy")
    if retained or policy in provisioners._RETAINING_POLICIES:
        operation.mark(name, "DELETE_SKIPPED")
        del operation.records[name]
        return True
    operation.mark(name, "DELETE_IN_PROGRESS")
    try:
        if policy == "Snapshot":
            existing(stacks, "_snapshot_resource")(resource.resource_type, resource.physical_id, resource.properties)
        await delete(operation, name, resource)
    except Exception as problem:
        if operation.is_given_up():
            return False
        operation.mark(name, "DELETE_SKIPPED" if force else "DELETE_FAILED", str(problem))
        if not force:
            return False
    else:
        if operation.is_given_up():
            return False
        operation.mark(name, "DELETE_COMPLETE")
    operation.records.pop(name, None)
    return True
