"""The way back of a failed create or update."""

import copy
from typing import Any

from ministack.services.cloudformation import provisioners, stacks

from local_aws.patching import existing
from local_aws.stack_operations.operation import (
    Operation,
    Record,
    Replaced,
    carry_out,
    in_dependency_order,
    is_custom,
    needs,
    reverse_order,
)
from local_aws.stack_operations.removal import delete, delete_in_clean_up
from local_aws.stack_operations.undocumented import behavior

_RESTORED = ("_template", "_resolved_params", "_template_body", "_conditions", "Parameters", "Tags", "Outputs")


async def roll_back_stack(
    stack_name: str, stack_id: str, stack: Record, operation: dict[str, Any], reason_override: str = ""
) -> None:
    """Roll back an operation that failed while rollback was disabled."""
    failed: Operation = operation["operation"]
    failed.retain_except_on_create = operation.get("retain_except_on_create", failed.retain_except_on_create)
    stack.pop("_failed_operation", None)
    await roll_back(failed, reason_override or "User Initiated")


async def roll_back(operation: Operation, reason: str) -> None:
    """Undo an operation, and settle the stack."""
    if operation.previous is None:
        await _undo_create(operation, reason)
    else:
        await _undo_update(operation, operation.previous, reason)


async def _undo_create(operation: Operation, reason: str) -> None:
    operation.status("ROLLBACK_IN_PROGRESS", reason)
    failed = []
    for name in reverse_order(operation.template, operation.conditions, operation.records):
        if operation.is_given_up():
            return
        record = operation.records[name]
        if _is_kept(operation, name):
            operation.mark(name, "DELETE_SKIPPED")
            del operation.records[name]
            continue
        operation.mark(name, "DELETE_IN_PROGRESS")
        try:
            await delete(operation, name, _current(record))
        except Exception as problem:
            operation.mark(name, "DELETE_FAILED", str(problem))
            failed.append(name)
        else:
            operation.mark(name, "DELETE_COMPLETE")
            del operation.records[name]
    if operation.is_given_up():
        return
    if failed:
        operation.status("ROLLBACK_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
    else:
        operation.status("ROLLBACK_COMPLETE")


async def _undo_update(operation: Operation, previous: Record, reason: str) -> None:
    operation.status("UPDATE_ROLLBACK_IN_PROGRESS", reason)
    old = operation.old_records
    superseded: dict[str, Replaced] = {}
    unreverted: dict[str, Record] = {}

    async def revert(name: str) -> None:
        if name in operation.begun:
            await _revert(operation, name, superseded, unreverted)

    template = previous.get("_template") or {}
    definitions = {name: template.get("Resources", {}).get(name, {}) for name in old}
    await in_dependency_order(needs(definitions), revert, lambda: operation.is_given_up())
    if operation.is_given_up():
        return
    operation.stack.update({key: previous[key] for key in _RESTORED if key in previous})
    if unreverted:
        operation.stack["_rollback_failed"] = unreverted
        names = ", ".join(sorted(unreverted))
        operation.status("UPDATE_ROLLBACK_FAILED", f"The following resource(s) failed to update: [{names}]. ")
        return
    operation.status("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    created = {name: operation.records[name] for name in operation.begun if name not in old}
    for name in reverse_order(operation.template, operation.conditions, {*created, *superseded}):
        if operation.is_given_up():
            return
        if name in created:
            kept = _is_kept(operation, name)
            await delete_in_clean_up(operation, name, _current(created[name]), kept, removed=True)
        else:
            retained = operation.policy(name, "DeletionPolicy", template) in provisioners._RETAINING_POLICIES
            await delete_in_clean_up(operation, name, superseded[name], retained)
    if not operation.is_given_up():
        operation.status("UPDATE_ROLLBACK_COMPLETE")


async def _revert(
    operation: Operation, name: str, superseded: dict[str, Replaced], unreverted: dict[str, Record]
) -> None:
    record, old = operation.records[name], operation.old_records[name]
    resource_type = record["ResourceType"]
    changed = record["ResourceStatus"] == "UPDATE_COMPLETE"
    current = _current(record)
    old_tags = (operation.previous or {}).get("Tags") or []
    previous = operation.tagged(name, resource_type, old["Properties"], old_tags)
    tried = record.pop("_tried", None)
    applied = tried if tried is not None else operation.tagged(name, resource_type, current.properties, operation.tags)
    if old.get("ResourceStatus") == "CREATE_FAILED":
        # It did not exist before either.
        superseded[name] = current
        operation.records[name] = copy.deepcopy(old)
        return
    replaced = changed and current.physical_id != old["PhysicalResourceId"]
    gets_update = is_custom(resource_type) and behavior().rollback_sends_updates
    if replaced and not gets_update:
        superseded[name] = current
    sends_back = existing(stacks, "_sends_back_failed_update")(resource_type)
    if (replaced and not gets_update) or not (changed or sends_back) or applied == previous:
        operation.records[name] = copy.deepcopy(old)
        operation.mark(name, "UPDATE_COMPLETE")
        return
    operation.mark(name, "UPDATE_IN_PROGRESS")
    provisioners._NAME_SEED.set(old.get("_name_seed", ""))
    try:
        physical_id, attributes = await carry_out(
            resource_type,
            provisioners._update_resource,
            resource_type,
            current.physical_id,
            applied,
            previous,
            operation.name,
            name,
            record["Attributes"],
        )
    except Exception as problem:
        operation.mark(name, "UPDATE_FAILED", str(problem))
        unreverted[name] = {
            "PhysicalResourceId": current.physical_id,
            "ResourceType": resource_type,
            "RevertFrom": applied,
            "RevertTo": previous,
            "Attributes": record["Attributes"],
        }
        return
    if physical_id != current.physical_id:
        superseded[name] = Replaced(resource_type, current.physical_id, applied, [])
    operation.records[name] = copy.deepcopy(old)
    merged = {**old["Attributes"], **(attributes or {})}
    operation.mark(name, "UPDATE_COMPLETE", PhysicalResourceId=physical_id, Attributes=merged)


def _current(record: Record) -> Replaced:
    return Replaced(record["ResourceType"], record["PhysicalResourceId"], record["Properties"], [])


def _is_kept(operation: Operation, name: str) -> bool:
    return operation.policy(name, "DeletionPolicy") == "Retain" and not operation.retain_except_on_create
