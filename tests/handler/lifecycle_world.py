"""The world that the lifecycle machine moves: an account with one stack after another, in whatever weather."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from cdk_image_distribution_handler.index import Handler
from simulated_aws import SOURCE_AMI, STACK_ID, Behaviour, SimulatedAccount, Stack

from .lifecycle_rules import Witness
from .lifecycle_template import SOURCES, Declared, template
from .lifecycle_weather import DELIVERIES, OUTCOMES, STORMS, may_fail

OWNERSHIP = "cdk-image-distribution:"
FOREIGN_STACK = STACK_ID.replace("Golden", "Foreign").replace("6c1f4f30", "7d1f4f30")

_IDLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "CREATE_FAILED", "UPDATE_FAILED")
_HEALTHY = ("PENDING", "DISTRIBUTING", "INTEGRATING", "AVAILABLE")
_RUNNING = ("PENDING", "DISTRIBUTING", "INTEGRATING")
# A late copy of a request polls until its own deadline.
_LONGEST_POLL = 3600.0


class World:
    """An account, a stack in it, and what must be true of both.

    Attributes:
        stack: The stack that there is now.
        declared: The distributions of its template.
        disturbed: Whether the deployment that goes on may fail.
        policy_lag: Seconds until IAM has propagated a policy.
        behaviour: What CloudFormation does where its documentation is silent.
    """

    def __init__(self) -> None:
        self.account = SimulatedAccount(Handler)
        self.witness = Witness(self.account)
        self.stack: Stack | None = None
        self.declared: list[Declared] = []
        self.disturbed = False
        self.policy_lag = 0.0
        self.behaviour = Behaviour()
        self._siblings = 0
        self._plans: dict[str, Callable[[], None]] = {}
        self._add_amis()
        self._add_bystander()

    def _add_amis(self) -> None:
        amis = self.account.amis
        amis.parameters["/golden/ami"] = SOURCE_AMI
        amis.add_source(SOURCES[2], disabled=True)
        amis.add_source(SOURCES[3], deprecated=True, owner="999999999999")

    def _add_bystander(self) -> None:
        """Add an image of another stack, which nothing may touch."""
        tags = {"stack-id": FOREIGN_STACK, "logical-id": "Theirs", "operation": "theirs", "held": "no"}
        self.account.builder.call(
            "DistributeImage",
            sourceImage=SOURCE_AMI,
            distributionConfigurationArn=next(iter(self.account.builder.store.configurations)),
            executionRole="other",
            clientToken="bystander",
            tags={OWNERSHIP + key: value for key, value in tags.items()},
        )
        for image in self.account.builder.store.images.values():
            self.witness.bystanders[image.arn] = dict(image.tags)

    # Deployments

    @property
    def idle(self) -> bool:
        """Whether there is a stack that can be deployed."""
        return self.stack is not None and not self.stack.busy and self.stack.status in _IDLE

    @property
    def is_creating(self) -> bool:
        """Whether the stack is being created."""
        return self.stack is not None and self.stack.status == "CREATE_IN_PROGRESS"

    def make_stack(self, number: int, shape: Declared) -> None:
        """Make a stack that declares so many distributions of one shape."""
        self.stack = Stack(self.account, behaviour=self.behaviour)
        self.witness.stacks.append(self.stack)
        self.stack.record.on_status = self._phase_began
        self.declared = [replace(shape, name=f"Image{place}") for place in range(number)]

    def deploy(self, sibling: Mapping[str, str], rollback: bool) -> None:
        """Begin a deployment of what is declared, with a sibling of these properties, if there are any."""
        assert self.stack is not None
        self.disturbed = bool(sibling) or self._is_disturbed()
        self._siblings += 1
        siblings = {**sibling, "Number": str(self._siblings)} if sibling else {}
        wanted = template(self.stack.stack_id, self.declared, siblings, self.policy_lag)
        failed = self.stack.status in ("CREATE_FAILED", "UPDATE_FAILED")
        self.stack.deploy(wanted, rollback=rollback and not failed)
        self.account.settle(0)

    def delete(self) -> None:
        """Begin to delete the stack, perhaps during its create."""
        self.disturbed = True
        # The Delete of a named image looks once for others; the tagging API must have learned of them.
        self.account.settle(self.account.tags.lag)
        if any(declared.retain for declared in self.declared):
            # No Delete comes for what is retained, to delete the rule of an update that was given up.
            self.check_rules()
        if self.stack is not None and (self.idle or self.is_creating):
            self.stack.delete()

    def abandon(self) -> None:
        """Leave the stack as it is, with all of its images."""
        self.check_rules()
        self.witness.abandon_stack()
        self.stack = None

    def run_to_end(self) -> None:
        """Let the deployment end, and go on until it ends as it must."""
        while self.stack is not None:
            status = self.stack.finish()
            self.check()
            if status == "UPDATE_ROLLBACK_FAILED":
                self.stack.continue_rollback()
            elif status in ("ROLLBACK_FAILED", "DELETE_FAILED"):
                self.stack.delete()
            else:
                return

    def end(self) -> None:
        """Delete the stack when all is calm. In the end nothing is left, whatever came before."""
        if self.stack is not None:
            self.run_to_end()
        self.account.heal()
        self.account.function.deliveries.clear()
        self._plans.clear()
        self.account.builder.script.outcomes.clear()
        self.account.settle(120)
        self.check_rules()
        if self.stack is not None:
            self.disturbed = True
            self.stack.delete()
            self.run_to_end()
        self.account.settle(3600)
        self.witness.check()
        leaks = self.witness.leaks()
        assert not leaks, f"left over: {leaks}"

    # Weather

    def disturb(self, storm: str, seconds: int, phase: str = "") -> None:
        """Let calls fail for so many seconds, from now on or when the stack gets into a phase."""
        self.when(phase, lambda: self._disturb_now(storm, seconds))

    def when(self, phase: str, action: Callable[[], None]) -> None:
        """Do something as soon as the stack gets into a phase, or now if that is empty."""
        if phase:
            self._plans[phase] = action
        else:
            action()

    def _disturb_now(self, storm: str, seconds: int) -> None:
        self.disturbed = True
        for fault in STORMS[storm]:
            until = self.account.now + seconds if fault.get("times", 1) is None else self.account.now + 900
            self.account.fail(**fault, until=until)

    def deliver_next(self, delivery: str, kind: str, resource: str = "") -> None:
        """Script how the next request of a type is delivered, perhaps only that to a type of resource."""
        self.disturbed = True
        if delivery == "throttled for 120 s":
            self.account.function.throttled_until = self.account.now + 120
            return
        self.witness.excused |= delivery == "lost"
        self.account.deliver_next(**DELIVERIES[delivery], request_type=kind, resource_type=resource)

    def distribute_next(self, outcome: str) -> None:
        """Script how the next distribution goes."""
        self.disturbed |= may_fail(OUTCOMES[outcome])
        self.account.builder.script.outcomes.append(OUTCOMES[outcome])

    def _phase_began(self, status: str) -> None:
        if status in self._plans:
            self._plans.pop(status)()

    def _is_disturbed(self) -> bool:
        """Tell whether a deployment may fail because of what was done before it."""
        account = self.account
        return bool(
            account.services.faults.scripted
            or account.function.deliveries
            or account.function.throttled_until > account.now
            or self._plans
            or self.witness.by_hand
            or any(map(may_fail, account.builder.script.outcomes))
            or any(
                image.status not in _HEALTHY or may_fail(image.outcome)
                for image in account.builder.store.images.values()
            )
        )

    # What must be true

    def check(self) -> None:
        """Look at all calls, answers and images so far, and at how a deployment ended.

        Raises:
            AssertionError: Something went wrong.
        """
        self.witness.check()
        if self.stack is not None and not self.stack.busy:
            self._judge_end(self.stack)

    def check_rules(self) -> None:
        """Let time pass until no polling rule is left while nothing is deployed.

        Raises:
            AssertionError: A rule is left for good.
        """
        rules = self.account.event_bridge.rules
        if self.stack is not None and not self.stack.busy and rules:
            assert self.account.run_until(lambda: not rules, _LONGEST_POLL), f"rules left: {list(rules)}"

    def _judge_end(self, stack: Stack) -> None:
        status = stack.status
        if not self.disturbed:
            assert status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), f"{status} undisturbed: {_failures(stack)}"
        if not self.witness.excused:
            assert not status.endswith(("ROLLBACK_FAILED", "DELETE_FAILED")), f"{status}: {_failures(stack)}"
            assert not stack.resources.forgotten, _failures(stack)
        if status in ("ROLLBACK_COMPLETE", "DELETE_COMPLETE"):
            self.stack = None

    # Images

    @property
    def own_images(self) -> list[str]:
        """The images that are not bystanders."""
        return [arn for arn in self.account.images if arn not in self.witness.bystanders]

    @property
    def done_images(self) -> list[str]:
        """Those whose distribution has ended."""
        return [arn for arn in self.own_images if self.account.status_of(arn) not in _RUNNING]


def _failures(stack: Stack) -> list[str]:
    """Return what was answered to the requests that failed, the last first."""
    return [
        f"{sent.event['RequestType']} {sent.event['LogicalResourceId']} in {sent.phase} {sent.outcome}: "
        f"{(sent.answer or {}).get('Reason')}"
        for sent in reversed(stack.sent)
        if sent.outcome not in ("SUCCESS", "")
    ]
