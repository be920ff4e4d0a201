"""What CloudFormation shows of stacks: DescribeStacks and DescribeStackResource, as late as they may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from .faults import Refused

#: Physical id, empty before there is one, and status, by logical id.
Resources = Mapping[str, tuple[str, str]]


@dataclass
class StackRecord:
    """One stack as its owner sees it, with its history.

    Attributes:
        stack_id: Its ARN.
        status: Such as `UPDATE_IN_PROGRESS`.
        on_status: Called with each new status.
        resources: By logical id.
    """

    stack_id: str
    clock: Callable[[], float]
    status: str = "REVIEW_IN_PROGRESS"
    on_status: Callable[[str], None] = lambda status: None
    resources: dict[str, tuple[str, str]] = field(default_factory=dict)
    _history: list[tuple[float, str, Resources]] = field(default_factory=list)
    _events: list[tuple[float, str, str, str]] = field(default_factory=list)

    def set_status(self, status: str) -> None:
        """Change the stack's status."""
        self.status = status
        self._note()
        self.on_status(status)

    def set_resource(self, logical_id: str, status: str, physical_id: str | None = None) -> None:
        """Change a resource's status, and its physical id if one is given."""
        known, _ = self.resources.get(logical_id, ("", ""))
        self.resources[logical_id] = (known if physical_id is None else physical_id, status)
        self._events.append((self.clock(), logical_id, *self.resources[logical_id]))
        self._note()

    def remove_resource(self, logical_id: str) -> None:
        """Remove a resource that is no longer part of the stack."""
        self.resources.pop(logical_id, None)
        self._note()

    def physical_id(self, logical_id: str) -> str:
        """Return the physical id of a resource, empty if it has none."""
        return self.resources.get(logical_id, ("", ""))[0]

    def shown(self, lag: float) -> tuple[str, Resources] | None:
        """Return status and resources as a reader sees them who is late by `lag` seconds; None before the stack."""
        latest = self.clock() - lag
        for time, status, resources in reversed(self._history):
            if time <= latest:
                return status, resources
        return None

    def events(self, lag: float) -> list[dict[str, Any]]:
        """Return the events of the resources as a reader sees them who is late by `lag` seconds, the newest first."""
        latest = self.clock() - lag
        return [
            {
                "StackId": self.stack_id,
                "StackName": self.stack_id.split("/")[1],
                "EventId": f"event-{number}",
                "Timestamp": datetime.fromtimestamp(time, timezone.utc),
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": physical_id,
                "ResourceStatus": status,
            }
            for number, (time, logical_id, physical_id, status) in reversed(list(enumerate(self._events)))
            if time <= latest
        ]

    def _note(self) -> None:
        self._history.append((self.clock(), self.status, dict(self.resources)))

    # One request at a time, without an engine that sets the statuses

    def requested(self, event: Mapping[str, Any], stack_status: str = "") -> None:
        """Show what CloudFormation shows when it sends a request.

        Args:
            event: The request.
            stack_status: The stack's status. By default a Create or Update belongs to a create or update of the
                stack, or to the rollback that goes on; a Delete to whatever goes on, or to the clean-up.
        """
        kind, logical_id = event["RequestType"], event["LogicalResourceId"]
        current = self.physical_id(logical_id)
        named = event.get("PhysicalResourceId", "")
        self.set_status(stack_status or self._usual_status(kind, supersedes=bool(current) and named != current))
        if kind == "Create":
            self.set_resource(logical_id, "CREATE_IN_PROGRESS", "")
        elif kind == "Update":
            self.set_resource(logical_id, "UPDATE_IN_PROGRESS", named)
        elif current in ("", named):
            self.set_resource(logical_id, "DELETE_IN_PROGRESS")

    def answered(self, event: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Show what CloudFormation shows when it has the answer to a request."""
        kind, logical_id = event["RequestType"], event["LogicalResourceId"]
        named, answered = event.get("PhysicalResourceId", ""), answer["PhysicalResourceId"]
        success = answer["Status"] == "SUCCESS"
        status = f"{kind.upper()}_{'COMPLETE' if success else 'FAILED'}"
        if kind != "Delete":
            self.set_resource(logical_id, status, answered if success or kind == "Create" else named)
        elif self.physical_id(logical_id) in ("", named):
            self.set_resource(logical_id, status)

    def _usual_status(self, kind: str, supersedes: bool) -> str:
        if kind == "Create":
            return self.status if self.status == "UPDATE_IN_PROGRESS" else "CREATE_IN_PROGRESS"
        if kind == "Update":
            return self.status if self.status == "UPDATE_ROLLBACK_IN_PROGRESS" else "UPDATE_IN_PROGRESS"
        if self.status == "CREATE_IN_PROGRESS":
            return "ROLLBACK_IN_PROGRESS"
        if supersedes and self.status == "UPDATE_IN_PROGRESS":
            return "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        return self.status if "CLEANUP" in self.status or "ROLLBACK" in self.status else "DELETE_IN_PROGRESS"


@dataclass
class StackRecords:
    """CloudFormation's API.

    Attributes:
        stacks: By ARN.
        lag: How late a reader is, in seconds.
    """

    stacks: dict[str, StackRecord] = field(default_factory=dict)
    lag: float = 0.0

    def answer(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer one call."""
        stack_id = parameters["StackName"]
        record = self.stacks.get(stack_id)
        if operation == "DescribeStackEvents" and record:
            return {"StackEvents": record.events(self.lag)}
        shown = record.shown(self.lag) if record else None
        if shown is None:
            raise Refused("ValidationError", f"Stack with id {stack_id} does not exist")
        status, resources = shown
        if operation == "DescribeStacks":
            return {"Stacks": [{"StackId": stack_id, "StackName": stack_id.split("/")[1], "StackStatus": status}]}
        logical_id = parameters["LogicalResourceId"]
        if logical_id not in resources:
            raise Refused("ValidationError", f"Resource {logical_id} does not exist for stack {stack_id}")
        physical_id, resource_status = resources[logical_id]
        detail = {"StackId": stack_id, "LogicalResourceId": logical_id, "ResourceStatus": resource_status}
        return {"StackResourceDetail": {**detail, **({"PhysicalResourceId": physical_id} if physical_id else {})}}
