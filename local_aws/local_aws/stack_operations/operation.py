"""One operation on a stack: what it works with, and what it records of each resource."""

import asyncio
import copy
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ministack.core.concurrency import run_reentrant
from ministack.core.responses import now_iso
from ministack.services import cloudformation
from ministack.services.cloudformation import engine, provisioners, stacks

from local_aws.patching import existing
from local_aws.stack_operations.undocumented import note

_STACK = "AWS::CloudFormation::Stack"

Record = dict[str, Any]
Template = dict[str, Any]

#: The operation that runs on each stack, by the stack's id.
running: dict[str, "Operation"] = {}


@dataclass
class Replaced:
    """What an update put something else in the place of.

    Attributes:
        deletes: Calls by which ministack's handler of the type deletes it.
    """

    resource_type: str
    physical_id: str
    properties: dict[str, Any]
    deletes: list[Any]


@dataclass
class Operation:
    """A create, an update or a deletion, and the rollback of one.

    Attributes:
        stack: ministack's record of the stack.
        previous: What the stack was before an update; None otherwise.
        begun: The resources that this operation began to change, in order.
        replaced: The resources that it replaced.
        failed: Why resources failed.
        given_up: No resource's end counts any more.
    """

    stack: Record
    template: Template
    parameters: dict[str, Any]
    tags: list[Any]
    previous: Record | None = None
    retain_except_on_create: bool = False
    begun: list[str] = field(default_factory=list)
    replaced: dict[str, Replaced] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    given_up: bool = False

    def __post_init__(self) -> None:
        """Take the place of the operation that ran on the stack."""
        self.conditions = engine._evaluate_conditions(self.template, self.parameters)
        if self.stack_id in running:
            running[self.stack_id].given_up = True
        running[self.stack_id] = self

    @property
    def name(self) -> str:
        """The stack's name."""
        return str(self.stack["StackName"])

    @property
    def stack_id(self) -> str:
        """The stack's id."""
        return str(self.stack["StackId"])

    @property
    def records(self) -> dict[str, Record]:
        """The resources as DescribeStackResource shows them."""
        found: dict[str, Record] = self.stack.setdefault("_resources", {})
        return found

    @property
    def definitions(self) -> dict[str, Record]:
        """The resources of the template whose condition holds."""
        resources: dict[str, Record] = self.template.get("Resources", {})
        return {
            name: definition
            for name, definition in resources.items()
            if not definition.get("Condition") or self.conditions.get(definition["Condition"], True)
        }

    @property
    def old_records(self) -> dict[str, Record]:
        """The resources as they were before an update."""
        found: dict[str, Record] = (self.previous or {}).get("_resources", {})
        return found

    def status(self, status: str, reason: str = "") -> None:
        """Give the stack a status, with its event."""
        self.stack["StackStatus"] = status
        self.stack["StackStatusReason"] = reason
        stacks._add_event(self.stack_id, self.name, self.name, _STACK, status, reason, self.stack_id)

    def is_given_up(self) -> bool:
        """Whether another operation has taken the place of this one, so that nothing here counts any more."""
        return self.given_up

    def event(self, logical_id: str, resource_type: str, status: str, reason: str = "", physical_id: str = "") -> None:
        """Add an event of a resource."""
        stacks._add_event(self.stack_id, self.name, logical_id, resource_type, status, reason, physical_id)

    def mark(self, logical_id: str, status: str, reason: str = "", **changed: Any) -> None:
        """Give a resource that is recorded a status, with its event."""
        record = self.records[logical_id]
        record.update(changed, ResourceStatus=status, ResourceStatusReason=reason, Timestamp=now_iso())
        note(record, status)
        self.event(logical_id, record["ResourceType"], status, reason, record["PhysicalResourceId"])

    def record(self, logical_id: str, resource_type: str, properties: dict[str, Any]) -> None:
        """Record a resource that did not exist before."""
        self.records[logical_id] = {
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": "",
            "ResourceType": resource_type,
            "Properties": properties,
            "Attributes": {},
        }

    def fail(self, logical_id: str, status: str, reason: str, **changed: Any) -> None:
        """Record that a resource failed."""
        self.failed[logical_id] = reason
        self.mark(logical_id, status, reason, **changed)

    def properties(self, logical_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """A resource's properties with every function of the template carried out, and its dynamic references."""
        resolved = engine._resolve_refs(
            copy.deepcopy(self.definitions[logical_id].get("Properties", {})),
            self.records,
            self.parameters,
            self.conditions,
            self.template.get("Mappings", {}),
            self.name,
            self.stack_id,
        )
        kept = {name: value for name, value in resolved.items() if value is not engine._NO_VALUE}
        unchanged = self.previous is not None and self.template == self.previous.get("_template")
        old = (self.previous or {}).get("_template", {}).get("Resources", {}).get(logical_id)
        found: tuple[dict[str, Any], dict[str, Any]] = engine._resolve_dynamic_references(
            kept,
            self.old_records.get(logical_id, {}).get("_dynamic"),
            reuse_ssm=unchanged and self.parameters == (self.previous or {}).get("_resolved_params"),
            reuse_secrets=old == self.definitions[logical_id],
        )
        return found

    def tagged(self, logical_id: str, resource_type: str, properties: dict[str, Any], tags: list[Any]) -> Any:
        """Properties with the tags of the stack."""
        return provisioners._with_stack_tags(resource_type, properties, tags, self.name, self.stack_id, logical_id)

    def policy(self, logical_id: str, attribute: str, template: Template | None = None) -> str:
        """A DeletionPolicy or UpdateReplacePolicy."""
        source = self.template if template is None else template
        policy: str = stacks._resource_policy(
            source.get("Resources", {}).get(logical_id),
            attribute,
            self.records,
            self.parameters,
            self.conditions,
            source.get("Mappings", {}),
            self.name,
            self.stack_id,
        )
        return policy

    def invented_id(self, logical_id: str) -> str:
        """A physical id as CloudFormation makes one up for a resource that gave none."""
        return f"{self.name}-{logical_id}-{secrets.token_hex(6).upper()}"


def is_custom(resource_type: str) -> bool:
    """Whether a function provides a resource."""
    return resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource"


def needs(definitions: dict[str, Record]) -> dict[str, set[str]]:
    """What each resource depends on."""
    names = set(definitions)
    return {name: engine._extract_deps(definition, names) - {name} for name, definition in definitions.items()}


def reverse_order(template: Template, conditions: dict[str, Any], wanted: Iterable[str]) -> list[str]:
    """Resources in the order in which they are deleted: dependents first, and first what the template has no more."""
    try:
        order = engine._topological_sort(template.get("Resources", {}), conditions)
    except ValueError:
        order = []
    wanted = list(wanted)
    return [name for name in wanted if name not in order] + [name for name in reversed(order) if name in wanted]


async def carry_out(resource_type: str, work: Callable[..., Any], *arguments: Any) -> Any:
    """Call ministack's handler of a type, in a thread of its own where that waits for a function."""
    if existing(stacks, "_runs_on_worker_thread")(resource_type):
        return await run_reentrant(work, *arguments)
    return work(*arguments)


async def in_dependency_order(
    waiting: dict[str, set[str]], work: Callable[[str], Any], stopped: Callable[[], bool]
) -> list[str]:
    """Work on resources as soon as what they depend on is done, many at the same time.

    Args:
        waiting: What each resource depends on.
        work: A coroutine function of a logical id; it raises nothing.
        stopped: Whether no further resource may be begun.

    Returns:
        The resources that were in progress when it stopped. Nobody waits for their end.
    """
    done: set[str] = set()
    begun: set[str] = set()
    tasks: dict[asyncio.Task[Any], str] = {}
    while True:
        for name in [] if stopped() else sorted(waiting):
            if name not in begun and waiting[name] <= done:
                begun.add(name)
                tasks[asyncio.get_running_loop().create_task(work(name))] = name
        if not tasks:
            return []
        finished, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        done |= {tasks.pop(task) for task in finished}
        if stopped() and tasks:
            # One turn of the loop, in which what is ready ends.
            await asyncio.sleep(0)
            return sorted(name for task, name in tasks.items() if not task.done())


def is_known(stack_name: str) -> Record | None:
    """Ministack's record of a stack."""
    found: Record | None = cloudformation._stacks.get(stack_name)
    return found
