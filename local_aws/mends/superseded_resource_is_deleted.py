"""When a rollback's Update answers with another physical id, AWS deletes the one that it supersedes.

ministack takes over the new id and leaves the old resource standing. AWS deletes it in the clean-up that
follows the rollback; here that happens at once, which no handler can tell apart. A failed clean-up fails no
stack on either. What the template retains is kept.
"""

import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.core.concurrency import run_reentrant
from ministack.services.cloudformation import stacks

from local_aws.patching import existing, replace

_log = logging.getLogger("local_aws")
_retained: ContextVar[frozenset[str]] = ContextVar("retained", default=frozenset())


def install() -> None:
    """Send the Delete that AWS sends."""
    delete_resource = existing(stacks, "_delete_resource")
    add_event = existing(stacks, "_add_event")

    def wrap_roll_back(original: Callable[..., Any]) -> Callable[..., Any]:
        async def roll_back_operation(
            stack_name: str, stack_id: str, stack: Any, operation: dict[str, Any], *rest: Any
        ) -> None:
            resources = (operation.get("template") or {}).get("Resources", {})
            retained = {name for name, made in resources.items() if made.get("DeletionPolicy") == "Retain"}
            token = _retained.set(frozenset(retained))
            try:
                await original(stack_name, stack_id, stack, operation, *rest)
            finally:
                _retained.reset(token)

        return roll_back_operation

    def wrap_revert(original: Callable[..., Any]) -> Callable[..., Any]:
        async def revert_update(
            stack_id: str,
            stack_name: str,
            logical_id: str,
            resource_type: str,
            physical_id: str,
            applied: dict[str, Any],
            previous: dict[str, Any],
            attributes: Any,
            record: dict[str, Any] | None = None,
        ) -> None:
            await original(
                stack_id,
                stack_name,
                logical_id,
                resource_type,
                physical_id,
                applied,
                previous,
                attributes,
                record,
            )
            if record is None or record["PhysicalResourceId"] == physical_id:
                return
            event = (stack_id, stack_name, logical_id, resource_type)
            if logical_id in _retained.get():
                add_event(*event, "DELETE_SKIPPED", physical_id=physical_id)
                return
            add_event(*event, "DELETE_IN_PROGRESS", physical_id=physical_id)
            try:
                await run_reentrant(delete_resource, resource_type, physical_id, applied, stack_name, logical_id)
            except Exception as problem:
                _log.warning("The clean-up of %s failed: %s", physical_id, problem)
                add_event(*event, "DELETE_FAILED", str(problem), physical_id)
            else:
                add_event(*event, "DELETE_COMPLETE", physical_id=physical_id)

        return revert_update

    replace(stacks, "_roll_back_operation", wrap_roll_back)
    replace(stacks, "_revert_update", wrap_revert)
