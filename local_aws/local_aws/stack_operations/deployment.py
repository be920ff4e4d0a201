"""The way forward of a create and of an update, resource by resource."""

from typing import Any

from ministack.services.cloudformation import provisioners, stacks

from local_aws.patching import existing
from local_aws.stack_operations.completion import complete, resolve_outputs
from local_aws.stack_operations.operation import (
    Operation,
    Replaced,
    carry_out,
    in_dependency_order,
    is_custom,
    is_known,
    needs,
)
from local_aws.stack_operations.requests import RequestFailed
from local_aws.stack_operations.rollback import roll_back
from local_aws.stack_operations.undocumented import behavior, end_of_creates

_REPLACES = "Requested update requires the creation of a new physical resource; hence creating one."
_RETRIED = ("CREATE_FAILED",)


async def deploy_stack(
    stack_name: str,
    stack_id: str,
    template: dict[str, Any],
    parameters: dict[str, Any],
    disable_rollback: bool,
    tags: list[Any],
    is_update: bool = False,
    previous_stack: dict[str, Any] | None = None,
    retain_except_on_create: bool = False,
    imports: dict[str, Any] | None = None,
) -> None:
    """Create or update a stack, and roll it back if that fails."""
    stack = is_known(stack_name)
    if stack is None:
        return
    stack.pop("_failed_operation", None)
    if not is_update:
        # A deletion during the create needs them.
        stack.update(_template=template, _resolved_params=parameters)
    previous = (previous_stack or {}) if is_update else None
    operation = Operation(stack, template, parameters, stack.get("Tags") or [], previous, retain_except_on_create)
    kind = "UPDATE" if is_update else "CREATE"
    if imports:
        operation.status(f"{kind}_FAILED", "The local AWS imports no resources.")
        return
    if _is_invalid(operation, disable_rollback):
        return
    in_progress = await in_dependency_order(
        needs(operation.definitions), lambda name: _provision(operation, name), lambda: _is_over(operation)
    )
    if operation.is_given_up():
        return
    if in_progress and behavior().awaits_cancelled_creates:
        await end_of_creates(operation.records)
    for name in in_progress:
        _cancel(operation, name)
    if not operation.failed:
        resolve_outputs(operation, kind)
    if not operation.failed:
        await complete(operation, kind)
    elif disable_rollback:
        stack["_failed_operation"] = {"operation": operation}
        stack["_template"] = template
        stack["_resolved_params"] = parameters
        operation.status(f"{kind}_FAILED", _failure(operation, kind.lower()))
    else:
        await roll_back(operation, _failure(operation, "update" if is_update else "create"))


def _is_over(operation: Operation) -> bool:
    if operation.previous is not None and operation.stack.pop("_cancel_requested", False):
        operation.failed[operation.name] = "User Initiated"
    return bool(operation.failed) or operation.is_given_up()


def _is_invalid(operation: Operation, disable_rollback: bool) -> bool:
    """Whether the properties of a resource are refused before anything is provisioned."""
    definitions = operation.definitions
    if operation.stack.get("_disable_validation"):
        return False
    return bool(
        existing(stacks, "_fail_property_validation")(
            operation.stack,
            operation.stack_id,
            operation.name,
            definitions,
            sorted(definitions),
            operation.parameters,
            operation.conditions,
            operation.template.get("Mappings", {}),
            disable_rollback,
            previous_stack=operation.previous,
        )
    )


async def _provision(operation: Operation, name: str) -> None:
    definition = operation.definitions[name]
    resource_type = definition.get("Type", "AWS::CloudFormation::CustomResource")
    held = operation.old_records.get(name)
    created_before = held is not None and (
        held.get("ResourceStatus") not in _RETRIED or behavior().failed_creates_get_updates
    )
    try:
        properties, dynamic = operation.properties(name)
    except Exception as problem:
        if held is None:
            operation.record(name, resource_type, {})
        operation.begun.append(name)
        operation.fail(name, "UPDATE_FAILED" if created_before else "CREATE_FAILED", str(problem))
        return
    if held is not None and created_before:
        await _update(operation, name, held, properties, dynamic)
    else:
        await _create(operation, name, resource_type, properties, dynamic, held)


async def _create(
    operation: Operation,
    name: str,
    resource_type: str,
    properties: dict[str, Any],
    dynamic: dict[str, Any],
    failed_before: dict[str, Any] | None,
) -> None:
    if failed_before is not None and failed_before["PhysicalResourceId"]:
        # Of a create that failed with rollback disabled: deleted in the clean-up, as what is replaced.
        operation.replaced[name] = Replaced(
            failed_before["ResourceType"], failed_before["PhysicalResourceId"], failed_before["Properties"], []
        )
    operation.record(name, resource_type, properties)
    operation.begun.append(name)
    operation.mark(name, "CREATE_IN_PROGRESS")
    tagged = operation.tagged(name, resource_type, properties, operation.tags)
    try:
        create = existing(stacks, "_provision_keeping_seed")
        (physical_id, attributes), seed = await carry_out(
            resource_type, create, resource_type, name, tagged, operation.name
        )
    except Exception as problem:
        if not _is_settled(operation, name):
            physical_id = ""
            if isinstance(problem, RequestFailed) and problem.was_sent:
                physical_id = problem.physical_id or operation.invented_id(name)
            operation.fail(name, "CREATE_FAILED", str(problem), PhysicalResourceId=physical_id)
        return
    if not _is_settled(operation, name):
        operation.mark(
            name,
            "CREATE_COMPLETE",
            PhysicalResourceId=physical_id,
            Attributes=attributes,
            _dynamic=dynamic,
            _name_seed=seed,
        )


async def _update(
    operation: Operation, name: str, held: dict[str, Any], properties: dict[str, Any], dynamic: dict[str, Any]
) -> None:
    resource_type, physical_id = held["ResourceType"], held["PhysicalResourceId"]
    old_tags = (operation.previous or {}).get("Tags") or []
    # What failed with rollback disabled was tried with other properties than those on record.
    tried = operation.records[name].pop("_tried", None)
    old = tried or operation.tagged(name, resource_type, held["Properties"], old_tags)
    new = operation.tagged(name, resource_type, properties, operation.tags)
    if old == new and resource_type != "AWS::CloudFormation::Stack":
        return
    operation.begun.append(name)
    replaces = existing(stacks, "_replacing_change")(resource_type, old, new)
    operation.mark(name, "UPDATE_IN_PROGRESS", _REPLACES if replaces else "", _tried=new)
    if is_custom(resource_type) and old.get("ServiceToken") != new.get("ServiceToken"):
        operation.fail(name, "UPDATE_FAILED", "Modifying service token is not allowed.", _tried=None)
        return
    retains = operation.policy(name, "UpdateReplacePolicy") in provisioners._RETAINING_POLICIES
    deletes: list[Any] = []
    # ministack's handlers read these; the task of this resource has a context of its own.
    provisioners._RETAIN_REPLACED.set(retains)
    provisioners._DEFERRED_PREDECESSOR_DELETES.set(deletes)
    provisioners._NAME_SEED.set(held.get("_name_seed", ""))
    try:
        update = existing(stacks, "_update_keeping_seed")
        (new_id, attributes), seed = await carry_out(
            resource_type, update, resource_type, physical_id, old, new, operation.name, name, held["Attributes"]
        )
    except Exception as problem:
        if not _is_settled(operation, name):
            operation.fail(name, "UPDATE_FAILED", str(problem))
        return
    if _is_settled(operation, name):
        return
    if new_id != physical_id or deletes:
        operation.replaced[name] = Replaced(resource_type, physical_id, held["Properties"], deletes)
    operation.mark(
        name,
        "UPDATE_COMPLETE",
        PhysicalResourceId=new_id,
        Properties=properties,
        Attributes=attributes,
        _dynamic=dynamic,
        _name_seed=seed,
        _tried=None,
    )


def _is_settled(operation: Operation, name: str) -> bool:
    """Whether a resource's end does not count any more, since it was cancelled or another operation runs."""
    is_awaited = operation.previous is None and behavior().awaits_cancelled_creates
    return (operation.is_given_up() and not is_awaited) or name in operation.failed


def _cancel(operation: Operation, name: str) -> None:
    record = operation.records[name]
    if record["ResourceStatus"] == "CREATE_IN_PROGRESS":
        invented = operation.invented_id(name) if is_custom(record["ResourceType"]) else ""
        operation.fail(name, "CREATE_FAILED", "Resource creation cancelled", PhysicalResourceId=invented)
    elif record["ResourceStatus"] == "UPDATE_IN_PROGRESS":
        operation.fail(name, "UPDATE_FAILED", "Resource update cancelled")


def _failure(operation: Operation, verb: str) -> str:
    return f"The following resource(s) failed to {verb}: [{', '.join(operation.failed)}]. "
