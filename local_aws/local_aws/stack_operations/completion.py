"""The end of a create or update that went well: outputs, exports and the clean-up."""

from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners, stacks

from local_aws.patching import existing
from local_aws.stack_operations.exports import refuse_changes
from local_aws.stack_operations.operation import Operation, Replaced, reverse_order
from local_aws.stack_operations.removal import delete_in_clean_up


def resolve_outputs(operation: Operation, kind: str) -> None:
    """Resolve the outputs of the template; one that cannot be resolved fails the operation."""
    staying = {name: record for name, record in operation.records.items() if name in operation.definitions}
    try:
        outputs, exports = existing(stacks, "_resolve_stack_outputs")(
            operation.template.get("Outputs", {}),
            operation.conditions,
            staying,
            operation.parameters,
            operation.template.get("Mappings", {}),
            operation.name,
            operation.stack_id,
        )
        refuse_changes(operation.stack, exports)
    except Exception as problem:
        operation.failed[operation.name] = str(problem)
        operation.event(
            operation.name, "AWS::CloudFormation::Stack", f"{kind}_FAILED", str(problem), operation.stack_id
        )
        return
    operation.stack["_new_outputs"] = outputs, exports


async def complete(operation: Operation, kind: str) -> None:
    """Put the template in force, clean up after an update, and settle the stack."""
    stack = operation.stack
    outputs, exports = stack.pop("_new_outputs")
    for output in stack.get("Outputs", []):
        cloudformation._exports.pop(output.get("ExportName"), None)
    stack.update(_template=operation.template, _resolved_params=operation.parameters, Outputs=outputs)
    cloudformation._exports.update(exports)
    if kind == "UPDATE":
        operation.status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        await _clean_up(operation)
    if not operation.is_given_up():
        operation.status(f"{kind}_COMPLETE")


async def _clean_up(operation: Operation) -> None:
    """Delete what the update removed and replaced, dependents first."""
    previous = operation.previous or {}
    template, conditions = previous.get("_template") or {}, previous.get("_conditions") or {}
    removed = [name for name in operation.old_records if name not in operation.definitions]
    for name in reverse_order(template, conditions, {*removed, *operation.replaced}):
        if operation.is_given_up():
            return
        if name in operation.replaced:
            retained = operation.policy(name, "UpdateReplacePolicy") in provisioners._RETAINING_POLICIES
            await delete_in_clean_up(operation, name, operation.replaced[name], retained)
            continue
        record = operation.old_records[name]
        removal = Replaced(record["ResourceType"], record["PhysicalResourceId"], record["Properties"], [])
        policy = operation.policy(name, "DeletionPolicy", template)
        if policy == "Snapshot":
            existing(stacks, "_snapshot_resource")(removal.resource_type, removal.physical_id, removal.properties)
        await delete_in_clean_up(operation, name, removal, policy in provisioners._RETAINING_POLICIES, removed=True)
