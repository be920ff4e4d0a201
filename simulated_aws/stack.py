"""A simulated CloudFormation stack: deployments, rollbacks and deletion in CloudFormation's order."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable

from .account import SimulatedAccount
from .provisioning import Provisioner, Sent
from .simulation import Process
from .stack_records import StackRecord
from .stack_resources import Behaviour, Held, Leftovers, StackResources
from .template import Template

_NAMESPACE = uuid.UUID("6c1f4f30-1d1e-11ef-a5b1-0242ac120002")
_numbers = itertools.count(1)
_WITHOUT_FUNCTION = ("DELETE_COMPLETE", "ROLLBACK_COMPLETE")


class Stack:
    """One stack. Each deployment is a process; a test lets time pass until it is done.

    Attributes:
        stack_id: Its ARN.
        record: What CloudFormation shows of it.
        resources: What it holds.
        before: What it held before the deployment that goes on, or went last, by logical id.
    """

    def __init__(self, account: SimulatedAccount, name: str = "Golden", behaviour: Behaviour | None = None) -> None:
        identifier = uuid.uuid5(_NAMESPACE, f"{name} {next(_numbers)}")
        self.stack_id = f"arn:aws:cloudformation:eu-west-1:123456789012:stack/{name}/{identifier}"
        self._account = account
        self.record = StackRecord(self.stack_id, account.simulation.now)
        account.stacks.stacks[self.stack_id] = self.record
        self._provisioner = Provisioner(account, self.record)
        self.resources = StackResources(account.simulation, self._provisioner, self.record, behaviour or Behaviour())
        self.before: dict[str, Held] = {}
        self._process: Process | None = None
        self._interrupted = False
        account.function.exists = lambda event: (
            event["StackId"] == self.stack_id and self.status not in _WITHOUT_FUNCTION
        )

    @property
    def status(self) -> str:
        """The stack's status, without lag."""
        return self.record.status

    @property
    def sent(self) -> list[Sent]:
        """Every request to a custom resource so far."""
        return self._provisioner.sent

    @property
    def busy(self) -> bool:
        """Whether a deployment or a deletion goes on."""
        return self._process is not None and not self._process.done

    def physical_id(self, logical_id: str) -> str:
        """Return the physical id of a resource, empty if the stack does not hold it."""
        held = self.resources.held.get(logical_id)
        return held.physical_id if held else ""

    # What a user does

    def deploy(self, template: Template, *, rollback: bool = True) -> None:
        """Begin to create or update the stack."""
        self._begin(lambda: self._deploy(template, rollback))

    def delete(self) -> None:
        """Begin to delete the stack, also in the middle of its create."""
        self._begin(lambda: self._delete("DELETE"))

    def continue_rollback(self) -> None:
        """Begin to roll back what could not be rolled back."""
        self._begin(self._roll_back_update)

    def finish(self, within: float = 12 * 3600.0) -> str:
        """Let time pass until the deployment ends, and return the stack's status."""
        assert self._account.run_until(lambda: not self.busy, within), f"{self.status} for {within} seconds"
        return self.status

    def _begin(self, flow: Callable[[], None]) -> None:
        former = self._process if self.busy else None
        if former is not None:
            assert self.status == "CREATE_IN_PROGRESS", "only a create can be interrupted"
            self._provisioner.cut_off = self._interrupted = True

        def run() -> None:
            if former is not None:
                self._account.simulation.wait_until(lambda: former.done)
            self._interrupted = False
            flow()

        self._process = self._account.simulation.spawn(run)

    # What CloudFormation does

    def _deploy(self, template: Template, rollback: bool) -> None:
        resources = self.resources
        creating = self.status == "REVIEW_IN_PROGRESS"
        kind = "CREATE" if creating else "UPDATE"
        self.record.set_status(f"{kind}_IN_PROGRESS")
        self.before = dict(resources.held)
        work = {name: _provision(resources, name, template) for name in template}
        needs = {name: resource.needs() for name, resource in template.items()}
        if resources.in_order(work, needs, cut_off=rollback):
            if not creating:
                self.record.set_status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
                removed = resources.in_deletion_order(set(resources.held) - set(template))
                gone = [(name, resources.held[name]) for name in removed]
                resources.clean_up(_dependents_first([*resources.superseded, *gone]))
                resources.superseded = []
            self.record.set_status(f"{kind}_COMPLETE")
        elif self._interrupted:
            return
        elif not rollback:
            self.record.set_status(f"{kind}_FAILED")
        elif creating:
            self._delete("ROLLBACK")
        else:
            self._roll_back_update()

    def _delete(self, kind: str) -> None:
        self.record.set_status(f"{kind}_IN_PROGRESS")
        superseded, self.resources.superseded = self.resources.superseded, []
        self.resources.clean_up(superseded)
        complete = self.resources.delete_all()
        self.record.set_status(f"{kind}_{'COMPLETE' if complete else 'FAILED'}")

    def _roll_back_update(self) -> None:
        self.record.set_status("UPDATE_ROLLBACK_IN_PROGRESS")
        resources = self.resources
        before = {name: held for name, held in self.before.items() if held.failed != "Create"}
        # What was replaced is restored; what replaced it becomes superseded.
        kept = {held.physical_id for held in before.values()}
        resources.superseded = [(name, held) for name, held in resources.superseded if held.physical_id not in kept]
        template = {name: held.resource for name, held in before.items()}
        work = {name: _provision(resources, name, template, rollback=True) for name in template}
        if not resources.in_order(work, {name: resource.needs() for name, resource in template.items()}):
            self.record.set_status("UPDATE_ROLLBACK_FAILED")
            return
        self.record.set_status("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        new = resources.in_deletion_order(set(resources.held) - set(before))
        resources.clean_up(_dependents_first([*resources.superseded, *((name, resources.held[name]) for name in new)]))
        resources.superseded = []
        self.record.set_status("UPDATE_ROLLBACK_COMPLETE")


def _provision(resources: StackResources, name: str, template: Template, rollback: bool = False) -> Callable[[], bool]:
    return lambda: resources.provision(name, template[name], rollback=rollback)


def _dependents_first(leftovers: Leftovers) -> Leftovers:
    """Return leftovers with custom resources before the policies that they need."""
    return sorted(leftovers, key=lambda leftover: not leftover[1].resource.type.startswith("Custom::"))
