"""One operation of CloudFormation on one resource."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .account import SimulatedAccount
from .requests import event
from .stack_records import StackRecord
from .template import POLICY, SIBLING, Resource

_request_numbers = itertools.count(1)


@dataclass(frozen=True)
class Result:
    """What came of an operation.

    Attributes:
        cancelled: CloudFormation gave the operation up since another one failed; it may still go on.
    """

    ok: bool
    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    cancelled: bool = False


@dataclass
class Sent:
    """A request to a custom resource.

    Attributes:
        phase: The stack's status when it was sent.
        at: When it was sent, in seconds since the epoch.
        outcome: `SUCCESS`, `FAILED`, `timed out`, `cancelled`, or empty so far.
    """

    event: Mapping[str, Any]
    phase: str
    at: float
    outcome: str = ""
    answer: Mapping[str, Any] | None = None


class Provisioner:
    """Carries out operations on the resources of one stack.

    Attributes:
        sent: Every request to a custom resource so far.
        cut_off: Whether operations that go on are to be given up.
    """

    def __init__(self, account: SimulatedAccount, record: StackRecord) -> None:
        self.sent: list[Sent] = []
        self.cut_off = False
        self._account = account
        self._record = record

    def create(self, logical_id: str, resource: Resource, properties: Mapping[str, Any]) -> Result:
        """Create a resource. If it is given up, its id is one that CloudFormation invents."""
        if not resource.type.startswith("Custom::"):
            return self._other("Create", logical_id, resource, properties)
        result = self._ask("Create", logical_id, resource, properties)
        if result.physical_id:
            return result
        name = self._record.stack_id.split("/")[1]
        invented = f"{name}-{logical_id}-{next(_request_numbers):013X}"
        return Result(result.ok, invented, reason=result.reason, cancelled=result.cancelled)

    def update(
        self,
        logical_id: str,
        resource: Resource,
        physical_id: str,
        properties: Mapping[str, Any],
        old_properties: Mapping[str, Any],
    ) -> Result:
        """Update a resource."""
        if not resource.type.startswith("Custom::"):
            return self._other("Update", logical_id, resource, properties)
        old = self._as_sent(resource, old_properties)
        fields = {"PhysicalResourceId": physical_id, "OldResourceProperties": old}
        result = self._ask("Update", logical_id, resource, properties, **fields)
        return result if result.ok else Result(False, physical_id, reason=result.reason, cancelled=result.cancelled)

    def delete(self, logical_id: str, resource: Resource, physical_id: str, properties: Mapping[str, Any]) -> Result:
        """Delete a resource."""
        if not resource.type.startswith("Custom::"):
            return self._other("Delete", logical_id, resource, properties)
        return self._ask("Delete", logical_id, resource, properties, PhysicalResourceId=physical_id)

    def _other(self, kind: str, logical_id: str, resource: Resource, properties: Mapping[str, Any]) -> Result:
        if resource.type == POLICY:
            if kind == "Delete":
                self._account.permissions.remove(logical_id)
            else:
                self._account.permissions.put(logical_id, properties["Document"], float(properties.get("Lag", 0)))
            return Result(True, logical_id)
        assert resource.type == SIBLING, resource.type
        given_up = self._account.simulation.wait_until(
            lambda: self.cut_off and kind != "Delete", within=float(properties.get("Seconds", 1))
        )
        fails = kind in properties.get("Fails", "").split(",")
        return Result(not fails and not given_up, logical_id, reason="A sibling failed.", cancelled=given_up)

    def _ask(
        self, kind: str, logical_id: str, resource: Resource, properties: Mapping[str, Any], **fields: Any
    ) -> Result:
        request_id = f"{kind.lower()}-{logical_id}-{next(_request_numbers)}"
        request = event(
            kind,
            request_id=request_id,
            StackId=self._record.stack_id,
            ResourceType=resource.type,
            LogicalResourceId=logical_id,
            ResourceProperties=self._as_sent(resource, properties),
            **fields,
        )
        sent = Sent(request, self._record.status, self._account.now)
        self.sent.append(sent)
        self._account.function.send(request)
        answers = self._account.answers
        self._account.simulation.wait_until(
            lambda: answers.first(request_id) is not None or (self.cut_off and kind != "Delete"),
            within=resource.service_timeout,
        )
        answer = sent.answer = answers.first(request_id)
        if answer is None:
            sent.outcome = "cancelled" if self.cut_off and kind != "Delete" else "timed out"
            return Result(False, "", reason=f"Resource {kind} {sent.outcome}", cancelled=sent.outcome == "cancelled")
        sent.outcome = answer["Status"]
        ok = answer["Status"] == "SUCCESS"
        return Result(ok, answer["PhysicalResourceId"], answer.get("Data") or {}, answer.get("Reason") or "")

    def _as_sent(self, resource: Resource, properties: Mapping[str, Any]) -> dict[str, Any]:
        # CloudFormation makes a string of every value.
        return {**properties, "ServiceTimeout": f"{resource.service_timeout:.0f}"}
