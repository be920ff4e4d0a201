"""The resources of a stack, and operations on them: one by one, in dependency order, or in a clean-up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .provisioning import Provisioner, Result
from .simulation import Process, Simulation
from .stack_records import StackRecord
from .template import Resource, resolve

#: How often a clean-up tries a Delete before it forgets the resource. Source: coverage-roadmap 744.
CLEAN_UP_TRIES = 3


@dataclass(frozen=True)
class Behaviour:
    """What CloudFormation does where its documentation is silent, and how fast it is.

    Attributes:
        failed_create: What a deployment does with a resource whose create failed while rollbacks were disabled:
            `create` it anew and delete the failed one in the clean-up, `delete` it first, or `update` it.
        old_is_tried: After an update that failed while rollbacks were disabled, the next update's
            OldResourceProperties are those that failed, not those before.
        pause: Seconds before each request.
    """

    failed_create: str = "create"
    old_is_tried: bool = False
    pause: float = 1.0


@dataclass(frozen=True)
class Held:
    """A resource as CloudFormation holds it.

    Attributes:
        properties: Resolved.
        failed: `Create` or `Update` if that failed; `Create` until an update succeeds.
        tried: The properties of an update that failed.
    """

    resource: Resource
    properties: Mapping[str, Any]
    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    failed: str = ""
    tried: Mapping[str, Any] | None = None


#: Resources that a clean-up deletes, with their logical ids.
Leftovers = list[tuple[str, Held]]


@dataclass
class StackResources:
    """What a stack holds.

    Attributes:
        held: By logical id.
        superseded: What this deployment has replaced.
        retained: Physical ids of what was retained.
        forgotten: Physical ids of what a clean-up could not delete.
        deleted: Physical ids for which a Delete was sent.
    """

    simulation: Simulation
    provisioner: Provisioner
    record: StackRecord
    behaviour: Behaviour
    held: dict[str, Held] = field(default_factory=dict)
    superseded: Leftovers = field(default_factory=list)
    retained: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)

    def provision(self, name: str, resource: Resource, *, rollback: bool = False) -> bool:
        """Create or update a resource if that is needed, and return whether it is as wanted."""
        former = self.held.get(name)
        try:
            properties = resolve(resource.properties, {known: held.attributes for known, held in self.held.items()})
        except KeyError:
            return self._lacks_attribute(name, former)
        if former is None:
            return self._create(name, resource, properties)
        if former.failed == "Create" and self.behaviour.failed_create != "update":
            first = self.behaviour.failed_create == "delete"
            if not (first and self.delete(name, former)):
                self.superseded.append((name, former))
            return self._create(name, resource, properties)
        as_before = (properties, resource.service_timeout) == (former.properties, former.resource.service_timeout)
        if as_before and not former.failed:
            self.held[name] = replace(former, resource=resource)
            return True
        return self._update(name, resource, properties, former, rollback)

    def delete(self, name: str, held: Held) -> bool:
        """Delete a resource, or retain it, and return whether it is gone for CloudFormation."""
        current = self.held.get(name) == held
        if held.resource.retain and held.failed != "Create":
            self.retained.append(held.physical_id)
        else:
            self._pause()
            self.deleted.add(held.physical_id)
            if current:
                self.record.set_resource(name, "DELETE_IN_PROGRESS")
            result = self.provisioner.delete(name, held.resource, held.physical_id, held.properties)
            if current:
                self.record.set_resource(name, f"DELETE_{_ended(result)}")
            if not result.ok:
                return False
        if self.held.get(name) == held:
            del self.held[name]
        return True

    def clean_up(self, leftovers: Leftovers) -> None:
        """Delete what is left over, dependents first. What cannot be deleted is forgotten."""
        for name, held in leftovers:
            if not any(self.delete(name, held) for _ in range(CLEAN_UP_TRIES)):
                self.forgotten.append(held.physical_id)
                if self.held.get(name) == held:
                    del self.held[name]

    def delete_all(self) -> bool:
        """Delete all that is held, each after what depends on it, and return whether all is gone."""
        everything = dict(self.held)
        dependents = {
            name: {other for other, held in everything.items() if name in held.resource.needs()} for name in everything
        }
        work = {name: _bind(self.delete, name, held) for name, held in everything.items()}
        return self.in_order(work, dependents)

    def in_order(
        self, work: Mapping[str, Callable[[], bool]], needs: Mapping[str, set[str]], *, cut_off: bool = False
    ) -> bool:
        """Do work at once where nothing is needed first, and return whether all succeeded.

        Args:
            work: By name; each returns whether it succeeded.
            needs: The names that must succeed before each.
            cut_off: Whether a failure gives up what goes on.
        """
        pending, running, failed = dict(work), dict[str, Process](), set[str]()
        results: dict[str, bool] = {}
        while pending or running:
            ready = [name for name in pending if not needs[name] & {*pending, *running, *failed}]
            for name in ready if not self.provisioner.cut_off else []:
                running[name] = self.simulation.spawn(_bind(_note, results, name, pending.pop(name)))
            if not running:
                break
            self.simulation.wait_until(lambda: any(process.done for process in running.values()))
            for name in [name for name, process in running.items() if process.done]:
                del running[name]
                if not results[name]:
                    failed.add(name)
                    self.provisioner.cut_off |= cut_off
        self.provisioner.cut_off = False
        return not failed and not pending

    def in_deletion_order(self, names: Iterable[str]) -> list[str]:
        """Return names so that each comes before what it needs."""
        ordered: list[str] = []

        def visit(name: str) -> None:
            if name in self.held and name not in ordered:
                for needed in sorted(self.held[name].resource.needs()):
                    visit(needed)
                ordered.append(name)

        wanted = set(names)
        for name in sorted(wanted):
            visit(name)
        return [name for name in reversed(ordered) if name in wanted]

    def _create(self, name: str, resource: Resource, properties: Mapping[str, Any]) -> bool:
        self._pause()
        self.record.set_resource(name, "CREATE_IN_PROGRESS", "")
        result = self.provisioner.create(name, resource, properties)
        failed = "" if result.ok else "Create"
        self.held[name] = Held(resource, properties, result.physical_id, result.attributes, failed)
        self.record.set_resource(name, f"CREATE_{_ended(result)}", result.physical_id)
        return result.ok

    def _update(
        self, name: str, resource: Resource, properties: Mapping[str, Any], former: Held, rollback: bool
    ) -> bool:
        self._pause()
        self.record.set_resource(name, "UPDATE_IN_PROGRESS", former.physical_id)
        # A rollback swaps the properties of the update that failed.
        use_tried = former.tried is not None and (rollback or self.behaviour.old_is_tried)
        old = former.tried if use_tried and former.tried is not None else former.properties
        result = self.provisioner.update(name, resource, former.physical_id, properties, old)
        self.record.set_resource(name, f"UPDATE_{_ended(result)}", result.physical_id)
        if not result.ok:
            self.held[name] = replace(former, failed=former.failed or "Update", tried=properties)
            return False
        self.held[name] = Held(resource, properties, result.physical_id, result.attributes)
        if result.physical_id != former.physical_id:
            self.superseded.append((name, former))
        return True

    def _lacks_attribute(self, name: str, former: Held | None) -> bool:
        self.record.set_resource(name, "UPDATE_FAILED" if former else "CREATE_FAILED")
        if former is not None:
            self.held[name] = replace(former, failed="Update")
        return False

    def _pause(self) -> None:
        if self.behaviour.pause:
            self.simulation.sleep(self.behaviour.pause)


def _ended(result: Result) -> str:
    return "COMPLETE" if result.ok else "FAILED"


def _note(results: dict[str, bool], name: str, work: Callable[[], bool]) -> None:
    results[name] = work()


def _bind(function: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    return lambda: function(*arguments)
