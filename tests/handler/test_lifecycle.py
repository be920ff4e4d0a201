"""Whatever order deployments, faults and time come in: nothing leaks, nothing runs twice, nothing is lost.

A machine of random steps (hypothesis) over simulated CloudFormation stacks. Deployments go on while other steps fail
services, delay readers, lose deliveries, change images by hand and let time pass. `lifecycle_rules` says what must
always be true.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cdk_image_distribution_handler.index import Handler
from local_aws.image_builder import Outcome, RegionFailure
from simulated_aws import SOURCE_AMI, Behaviour, SimulatedAccount, Stack

from .lifecycle_rules import Witness
from .lifecycle_template import SOURCES, Declared, template

#: How many steps all machines of this process took, by the phase that the stack was in.
STEPS: Counter[str] = Counter()

OUTCOMES = {
    "quick": Outcome(),
    "slow": Outcome(pending=5, distributing=200, integrating=5),
    "without events": Outcome(distributing=90, sends_events=False),
    "fails": Outcome(distributing=20, failures=(RegionFailure("us-east-1", "No."),)),
    "hangs": Outcome(hang="DISTRIBUTING", cancelling=30),
    "is done before it is cancelled": Outcome(distributing=30, cancel_loses=True),
    "lifecycle removes the record": Outcome(lifecycle=40, lifecycle_removes_record=True),
}

_ALWAYS: dict[str, Any] = {"times": None}
_BUILDER: dict[str, Any] = {"operation": "*", "service": "imagebuilder", **_ALWAYS}
_CLOUDFORMATION: dict[str, Any] = {"operation": "*", "service": "cloudformation", **_ALWAYS}
_LOST = {"operation": "DistributeImage", "lost": True}
_DENIAL = "User: u is not authorized to perform: imagebuilder:DistributeImage on resource: r"

# Calls that fail for up to a minute, or a few times.
STORMS: dict[str, list[dict[str, Any]]] = {
    "Image Builder throttles": [{**_BUILDER, "code": "TooManyRequestsException"}],
    "Image Builder fails": [{**_BUILDER, "code": "ServiceException"}],
    "Image Builder cannot be reached": [{**_BUILDER, "unreachable": True}],
    "a key is not found": [
        {"operation": "GetImage", "code": "ServiceException", "message": "The KMS key was not found.", "times": 3}
    ],
    "a role is not found": [
        {"operation": "DeleteImage", "code": "ServiceException", "message": "The role was not found.", "times": 2}
    ],
    "EventBridge throttles": [{"operation": "*", "service": "events", "code": "ThrottlingException", **_ALWAYS}],
    "DeleteRule fails": [{"operation": "DeleteRule", "code": "InternalException", "status": 500, **_ALWAYS}],
    "RemoveTargets fails": [{"operation": "RemoveTargets", "code": "ConcurrentModificationException", **_ALWAYS}],
    "PutTargets has a failed entry": [
        {"operation": "PutTargets", "code": "InternalException", "partial": True, "times": 2}
    ],
    "CloudFormation throttles": [{**_CLOUDFORMATION, "code": "Throttling"}],
    "CloudFormation cannot be reached": [{**_CLOUDFORMATION, "unreachable": True}],
    "the tagging API throttles": [{"operation": "GetResources", "code": "ThrottledException", **_ALWAYS}],
    "EC2 throttles": [{"operation": "DescribeImages", "code": "RequestLimitExceeded", "status": 503, **_ALWAYS}],
    "an answer gets 503": [{"operation": "PutAnswer", "status": 503}],
    "two answers get 500": [{"operation": "PutAnswer", "status": 500, "times": 2}],
    "two answers get no connection": [{"operation": "PutAnswer", "unreachable": True, "times": 2}],
    "an answer is taken without a response": [{"operation": "PutAnswer", "lost": True}],
    "answers get 503": [{"operation": "PutAnswer", "status": 503, **_ALWAYS}],
    **{
        f"the answer of {operation} is lost": [{"operation": operation, "lost": True}]
        for operation in ("DistributeImage", "CancelImageCreation", "DeleteImage", "StartResourceStateUpdate")
    },
    **{
        f"DistributeImage is lost, then refused: {code}": [
            _LOST,
            {"operation": "DistributeImage", "code": code, "message": _DENIAL, "times": 9},
        ]
        for code in (
            "CallRateLimitExceededException",
            "ResourceInUseException",
            "IdempotentParameterMismatchException",
            "AccessDeniedException",
        )
    },
}
DELIVERIES: dict[str, dict[str, Any]] = {
    "5 s late": {"after": 5},
    "150 s late": {"after": 150},
    "600 s late": {"after": 600},
    "twice": {"copies": 2},
    "twice, 1 s apart": {"copies": 2, "apart": 1},
    "twice, 200 s apart": {"copies": 2, "apart": 200},
    "dies after 1 s": {"dies_after": 1},
    "dies after 3 s": {"dies_after": 3},
    "throttled for 120 s": {},
    "lost": {"lost": True},
}
OMITTED = ["image.dateCreated", "image.outputResources", "image.state.reason", "requestId"]
CHANGES = [
    *["revision"] * 3,
    *["back", "source", "role", "team", "auto_delete", "retain", "wait", "asks", "add", "remove", "rename"],
    *["auto_delete and source", "role and source", "nothing"],
]
PHASES = [
    *[""] * 3,
    "CREATE_IN_PROGRESS",
    "UPDATE_IN_PROGRESS",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "ROLLBACK_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "DELETE_IN_PROGRESS",
]
SIBLINGS = st.sampled_from(
    [{}, {}, {"Seconds": "3", "Fails": "Create,Update"}, {"Seconds": "40", "Fails": "Create,Update"}]
)


class Lifecycle(RuleBasedStateMachine):
    """An account with one stack after another."""

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.CRITICAL)
        self.account = SimulatedAccount(Handler)
        self.witness = Witness(self.account)
        self.stack: Stack | None = None
        self.declared: list[Declared] = []
        self.siblings = 0
        self.changes = 0
        self.disturbed = False
        self.storms: dict[str, tuple[str, int]] = {}

    def teardown(self) -> None:
        """Delete what there is when all is calm: in the end nothing is left, whatever came before."""
        try:
            self.end()
        finally:
            self.account.simulation.close()
            logging.disable(logging.NOTSET)

    # Steps that set the scene

    @initialize(
        home_is_source=st.booleans(),
        latency=st.sampled_from([0.0, 0.4]),
        lag=st.sampled_from([0.0, 4.0, 15.0]),
        tag_lag=st.sampled_from([0.0, 20.0]),
        policy_lag=st.sampled_from([0.0, 0.0, 30.0, 100.0]),
        omitted=st.sampled_from(["", "", *OMITTED]),
        behaviour=st.builds(Behaviour, st.sampled_from(["create", "delete", "update"]), st.booleans()),
    )
    def begin(
        self,
        home_is_source: bool,
        latency: float,
        lag: float,
        tag_lag: float,
        policy_lag: float,
        omitted: str,
        behaviour: Behaviour,
    ) -> None:
        """Choose how AWS is."""
        account = self.account
        account.amis.parameters["/golden/ami"] = SOURCE_AMI
        account.amis.add_source(SOURCES[2], disabled=True)
        account.amis.add_source(SOURCES[3], deprecated=True, owner="999999999999")
        account.amis.home_is_source = account.amis.tags_source = home_is_source
        account.services.latency = latency
        account.stacks.lag, account.tags.lag, account.tags.remembers = lag, tag_lag, 600.0
        self.policy_lag, self.behaviour = policy_lag, behaviour
        if omitted:
            account.omitted.add(omitted)
        self.bystander()

    def bystander(self) -> None:
        """Add an image that is not the stack's."""
        self.account.builder.call(
            "DistributeImage",
            sourceImage=SOURCE_AMI,
            distributionConfigurationArn=next(iter(self.account.builder.store.configurations)),
            executionRole="other",
            clientToken="bystander",
        )
        self.witness.bystanders |= set(self.account.images)

    # Steps of users

    @precondition(lambda self: self.stack is None)
    @rule(
        number=st.sampled_from([1, 1, 2, 3]),
        shape=st.builds(
            Declared,
            name=st.just(""),
            source=st.sampled_from(SOURCES),
            role=st.sampled_from(["", "", "UserA"]),
            auto_delete=st.booleans(),
            retain=st.sampled_from([False, False, True]),
            parts=st.sampled_from([0, 1, 1, 2]),
        ),
        sibling=SIBLINGS,
        rollback=st.sampled_from([True, True, False]),
        storm=st.sampled_from([*[""] * 20, *STORMS]),
        delivery=st.sampled_from([*[""] * 9, *DELIVERIES]),
        outcome=st.sampled_from(list(OUTCOMES)),
    )
    def create(
        self,
        number: int,
        shape: Declared,
        sibling: dict[str, str],
        rollback: bool,
        storm: str,
        delivery: str,
        outcome: str,
    ) -> None:
        """Begin to create a stack, in whatever weather."""
        if storm:
            self.disturb(storm, 60)
        if delivery:
            self.delivery_of(delivery, "Create")
        self.account.builder.script.outcomes.append(OUTCOMES[outcome])
        self.stack = Stack(self.account, behaviour=self.behaviour)
        self.witness.stacks.append(self.stack)
        self.stack.record.on_status = self.phase_began
        self.declared = [replace(shape, name=f"Image{place}") for place in range(number)]
        self.deploy(sibling, rollback)

    @precondition(lambda self: self.idle)
    @rule(
        change=st.sampled_from(CHANGES),
        which=st.integers(0, 2),
        sibling=SIBLINGS,
        rollback=st.sampled_from([True, True, False]),
    )
    def update(self, change: str, which: int, sibling: dict[str, str], rollback: bool) -> None:
        """Begin to update the stack."""
        assert self.stack is not None
        self.changes += 1
        place = which % len(self.declared) if self.declared else 0
        self.declared = changed(self.declared, change, place, self.changes)
        failed = self.stack.status in ("CREATE_FAILED", "UPDATE_FAILED")
        self.deploy(sibling, rollback and not failed)

    @precondition(lambda self: self.idle or (self.stack is not None and self.stack.status == "CREATE_IN_PROGRESS"))
    @rule()
    def delete(self) -> None:
        """Begin to delete the stack, perhaps during its create."""
        assert self.stack is not None
        self.disturbed = True
        # The Delete of a named image looks once for others; the tagging API must have learned of them.
        self.account.settle(self.account.tags.lag)
        if self.idle or self.stack.status == "CREATE_IN_PROGRESS":
            self.stack.delete()

    # Steps of time

    @precondition(lambda self: self.stack is not None)
    @rule(seconds=st.sampled_from([1, 3, 10, 30, 61, 130]))
    def pass_time(self, seconds: int) -> None:
        """Let time pass."""
        self.account.settle(seconds)

    @precondition(lambda self: self.stack is not None and not self.idle)
    @rule()
    def finish(self) -> None:
        """Let the deployment end."""
        self.run_to_end()

    @precondition(lambda self: self.idle)
    @rule()
    def age(self) -> None:
        """Let more than a day pass."""
        self.account.settle(90_000)

    # Steps of faults

    @precondition(lambda self: self.stack is not None)
    @rule(storm=st.sampled_from(list(STORMS)), seconds=st.sampled_from([20, 60]), phase=st.sampled_from(PHASES))
    def storm(self, storm: str, seconds: int, phase: str) -> None:
        """Let calls fail for so many seconds, from now on or when the stack gets into a phase."""
        if phase:
            self.storms[phase] = (storm, seconds)
        else:
            self.disturb(storm, seconds)

    @precondition(lambda self: self.stack is not None)
    @rule(delivery=st.sampled_from(list(DELIVERIES)), kind=st.sampled_from(["", "Create", "Update", "Delete"]))
    def delivery(self, delivery: str, kind: str) -> None:
        """Let the next request be delivered late, twice, not at all, or to an invocation that dies."""
        self.delivery_of(delivery, kind)

    def delivery_of(self, delivery: str, kind: str) -> None:
        """Script a delivery."""
        self.disturbed = True
        if delivery == "throttled for 120 s":
            self.account.function.throttled_until = self.account.now + 120
            return
        self.witness.excused |= delivery == "lost"
        self.account.deliver_next(**DELIVERIES[delivery], request_type=kind)

    @precondition(lambda self: self.stack is not None)
    @rule(outcome=st.sampled_from(list(OUTCOMES)))
    def outcome(self, outcome: str) -> None:
        """Say how the next distribution goes."""
        self.disturbed |= outcome in ("fails", "hangs")
        self.account.builder.script.outcomes.append(OUTCOMES[outcome])

    # Steps of somebody else

    @precondition(lambda self: bool(self.own_images()))
    @rule(which=st.integers(0, 9))
    def tag_by_hand(self, which: int) -> None:
        """Tag an image."""
        arn = self.pick(which)
        self.witness.foreign_tags[arn] = {"CostCenter": "42"}
        self.account.builder.call("TagResource", resourceArn=arn, tags={"CostCenter": "42"})

    @precondition(lambda self: bool(self.done_images()) and self.idle)
    @rule(which=st.integers(0, 9))
    def delete_by_hand(self, which: int) -> None:
        """Delete an image."""
        images = self.done_images()
        arn = images[which % len(images)]
        self.disturbed = True
        self.witness.by_hand.add(arn)
        self.account.builder.call("DeleteImage", imageBuildVersionArn=arn)

    @precondition(lambda self: bool(self.done_images()) and self.idle)
    @rule(which=st.integers(0, 9), status=st.sampled_from(["DEPRECATED", "DISABLED"]))
    def retire(self, which: int, status: str) -> None:
        """Retire an image that is available."""
        images = self.done_images()
        image = self.account.builder.store.images[images[which % len(images)]]
        if image.status == "AVAILABLE":
            self.disturbed = True
            image.status = status

    @precondition(lambda self: self.stack is not None)
    @rule(revision=st.integers(1, 3))
    def forge(self, revision: int) -> None:
        """Tag an image of others as if it were the stack's."""
        assert self.stack is not None
        forged = sorted(self.witness.bystanders & set(self.account.images))
        if not forged or not self.declared:
            return
        self.witness.forged |= set(forged)
        tags = {"stack-id": self.stack.stack_id, "logical-id": self.declared[0].name, "held": "no"}
        self.account.builder.store.images[forged[0]].tags |= {
            f"cdk-image-distribution:{key}": value for key, value in tags.items()
        }

    # What must always be true

    @invariant()
    def nothing_went_wrong(self) -> None:
        """Look at all calls, answers and images so far."""
        STEPS[self.stack.status if self.stack is not None else "no stack"] += 1
        self.witness.check()
        if self.stack is not None and not self.stack.busy:
            self.judge_end()

    # Helpers

    @property
    def idle(self) -> bool:
        """Whether there is a stack that can be deployed."""
        ready = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "CREATE_FAILED", "UPDATE_FAILED")
        return self.stack is not None and not self.stack.busy and self.stack.status in ready

    def deploy(self, sibling: dict[str, str], rollback: bool) -> None:
        """Begin a deployment."""
        assert self.stack is not None
        self.disturbed = bool(sibling) or self.is_disturbed()
        self.siblings += 1
        siblings = {**sibling, "Number": str(self.siblings)} if sibling else {}
        wanted = template(self.stack.stack_id, self.declared, siblings, self.policy_lag)
        self.stack.deploy(wanted, rollback=rollback)

    def is_disturbed(self) -> bool:
        """Tell whether a deployment may fail because of what was done before it."""
        account = self.account
        healthy = ("PENDING", "DISTRIBUTING", "INTEGRATING", "AVAILABLE")
        return bool(
            account.services.faults.scripted
            or account.function.deliveries
            or account.function.throttled_until > account.now
            or self.storms
            or self.witness.by_hand
            or any(outcome.failures or outcome.hang for outcome in account.builder.script.outcomes)
            or any(
                image.status not in healthy or image.outcome.hang or image.outcome.failures
                for image in account.builder.store.images.values()
            )
        )

    def phase_began(self, status: str) -> None:
        """Begin the storm of a phase."""
        if status in self.storms:
            self.disturb(*self.storms.pop(status))

    def disturb(self, storm: str, seconds: int) -> None:
        """Let calls fail."""
        self.disturbed = True
        for fault in STORMS[storm]:
            until = self.account.now + seconds if fault.get("times", 1) is None else self.account.now + 900
            self.account.fail(**fault, until=until)

    def run_to_end(self) -> None:
        """Let the deployment end, and go on until it ends as it must."""
        while self.stack is not None:
            status = self.stack.finish()
            self.witness.check()
            self.judge_end()
            if status == "UPDATE_ROLLBACK_FAILED":
                self.stack.continue_rollback()
            elif status in ("ROLLBACK_FAILED", "DELETE_FAILED"):
                self.stack.delete()
            else:
                return

    def judge_end(self) -> None:
        """Look at how a deployment ended."""
        assert self.stack is not None
        status = self.stack.status
        if not self.disturbed:
            assert status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), f"{status} undisturbed: {self.failures()}"
        if not self.witness.excused:
            assert not status.endswith(("ROLLBACK_FAILED", "DELETE_FAILED")), f"{status}: {self.failures()}"
            assert not self.stack.resources.forgotten, self.failures()
        if status in ("ROLLBACK_COMPLETE", "DELETE_COMPLETE"):
            self.stack = None

    def end(self) -> None:
        """Delete the stack in peace and look for leaks."""
        if self.stack is not None:
            self.run_to_end()
        self.account.heal()
        self.account.function.deliveries.clear()
        self.storms.clear()
        self.account.builder.script.outcomes.clear()
        self.account.settle(120)
        if self.stack is not None:
            self.disturbed = True
            self.stack.delete()
            self.run_to_end()
        self.account.settle(3600)
        self.witness.check()
        leaks = self.witness.leaks()
        assert not leaks, f"left over: {leaks}"

    def failures(self) -> list[str]:
        """Return what was answered to the requests that failed."""
        assert self.stack is not None
        return [
            f"{sent.event['RequestType']} {sent.event['LogicalResourceId']} in {sent.phase} {sent.outcome}: "
            f"{(sent.answer or {}).get('Reason')}"
            for sent in self.stack.sent
            if sent.outcome not in ("SUCCESS", "")
        ]

    def own_images(self) -> list[str]:
        """Return the images that are not bystanders."""
        return [arn for arn in self.account.images if arn not in self.witness.bystanders]

    def done_images(self) -> list[str]:
        """Return those whose distribution has ended."""
        running = ("PENDING", "DISTRIBUTING", "INTEGRATING")
        return [arn for arn in self.own_images() if self.account.status_of(arn) not in running]

    def pick(self, which: int) -> str:
        """Return one of the stack's images."""
        images = self.own_images()
        return images[which % len(images)]


def changed(declared: list[Declared], change: str, place: int, number: int) -> list[Declared]:
    """Return what a user declares after a change."""
    if change == "add" or not declared:
        return [*declared, Declared(f"Added{number}", auto_delete=bool(number % 2))]
    before = declared[place]
    others = [*declared[:place], *declared[place + 1 :]]
    if change == "remove":
        return others
    changes: dict[str, Callable[[], dict[str, Any]]] = {
        "revision": lambda: {"revision": number + 10},
        "back": lambda: {"revision": 1},
        "source": lambda: {"source": _next(SOURCES, before.source)},
        "role": lambda: {"role": _next(("", "UserA", "UserB"), before.role)},
        "team": lambda: {"team": _next(("", "a", "b"), before.team)},
        "auto_delete": lambda: {"auto_delete": not before.auto_delete},
        "retain": lambda: {"retain": not before.retain},
        "wait": lambda: {"parts": (before.parts + 1) % 3},
        "asks": lambda: {"asks": not before.asks},
        "rename": lambda: {"name": f"{before.name.partition('R')[0]}R{number}"},
        "auto_delete and source": lambda: {"auto_delete": not before.auto_delete, "revision": number + 10},
        "role and source": lambda: {"role": _next(("", "UserA", "UserB"), before.role), "revision": number + 10},
        "nothing": dict,
    }
    return [*others[:place], replace(before, **changes[change]()), *others[place:]]


def _next(values: tuple[str, ...], value: str) -> str:
    return values[(values.index(value) + 1) % len(values)]


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(
    # The same steps in each run, so that main is not red by chance; and not shrunk, which takes minutes: the failing
    # example is printed as it is.
    max_examples=100,
    stateful_step_count=50,
    derandomize=True,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_the_machine_took_enough_steps() -> None:
    """It is worth what it costs only if it gets everywhere; runs after the machine."""
    print(f"{STEPS.total()} steps: {dict(STEPS.most_common())}")
    assert not STEPS or STEPS.total() >= 3000
