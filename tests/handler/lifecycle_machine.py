"""A machine of random steps (hypothesis) over simulated CloudFormation stacks.

Deployments go on while other steps fail services, delay readers, lose deliveries, change images by hand and let time
pass. `lifecycle_rules` says what must always be true.
"""

from __future__ import annotations

import logging
from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from simulated_aws import DISTRIBUTION, WAIT, Behaviour

from . import lifecycle_others as others
from .lifecycle_changes import CHANGES, FAILING, SECONDS, SHAPES, SIBLINGS, TO_THE_END, changed
from .lifecycle_template import Declared
from .lifecycle_weather import (
    DELIVERIES,
    GOOD_OUTCOMES,
    LONG_STORMS,
    OMITTED,
    OUTCOMES,
    PHASES,
    STORMS,
    UPDATE_PHASES,
)
from .lifecycle_world import World

#: How many steps all machines of this process took, by the phase that the stack was in.
STEPS: Counter[str] = Counter()


class Lifecycle(RuleBasedStateMachine):
    """An account with one stack after another."""

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.CRITICAL)
        self.world = World()
        self.changes = 0

    def teardown(self) -> None:
        """Delete what there is when all is calm: in the end nothing is left, whatever came before."""
        try:
            self.world.end()
        finally:
            self.world.account.simulation.close()
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
        account = self.world.account
        account.amis.home_is_source = account.amis.tags_source = home_is_source
        account.services.latency = latency
        account.stacks.lag, account.tags.lag, account.tags.remembers = lag, tag_lag, 600.0
        self.world.policy_lag, self.world.behaviour = policy_lag, behaviour
        if omitted:
            account.omitted.add(omitted)

    # Steps of users

    @precondition(lambda self: self.world.stack is None)
    @rule(number=st.sampled_from([1, 1, 2, 3]), shape=SHAPES, outcome=st.sampled_from(list(OUTCOMES)))
    def create(self, number: int, shape: Declared, outcome: str) -> None:
        """Create a stack when all is calm. Its distribution may fail if nothing waits for it."""
        if outcome not in GOOD_OUTCOMES:
            outcome = "quick" if shape.parts else "fails"
        self.begin_create(number, shape, outcome, {}, rollback=True)
        self.world.run_to_end()

    @precondition(lambda self: self.world.stack is None)
    @rule(
        number=st.sampled_from([1, 1, 2, 3]),
        shape=SHAPES,
        outcome=st.sampled_from(list(OUTCOMES)),
        sibling=st.one_of(st.just({}), FAILING),
        rollback=st.booleans(),
        storm=st.sampled_from([*[""] * 10, *STORMS]),
        delivery=st.sampled_from([*[""] * 9, *DELIVERIES]),
        seconds=SECONDS,
    )
    def create_in_a_storm(
        self,
        number: int,
        shape: Declared,
        outcome: str,
        sibling: dict[str, str],
        rollback: bool,
        storm: str,
        delivery: str,
        seconds: int,
    ) -> None:
        """Begin to create a stack, in whatever weather."""
        if storm:
            self.world.disturb(storm, 60)
        if delivery:
            self.world.deliver_next(delivery, "Create")
        self.begin_create(number, shape, outcome, sibling, rollback=rollback)
        self.go_on(seconds)

    @precondition(lambda self: self.world.idle)
    @rule(change=st.sampled_from(CHANGES), which=st.integers(0, 2), rollback=st.booleans(), seconds=SECONDS)
    def update(self, change: str, which: int, rollback: bool, seconds: int) -> None:
        """Begin to update the stack."""
        self.begin_update(change, which, {}, rollback=rollback)
        self.go_on(seconds)

    @precondition(lambda self: self.world.idle)
    @rule(
        change=st.sampled_from(CHANGES),
        which=st.integers(0, 2),
        sibling=SIBLINGS,
        storm=st.sampled_from(list(STORMS)),
        phase=st.sampled_from(UPDATE_PHASES),
        seconds=SECONDS,
    )
    def update_in_a_storm(
        self, change: str, which: int, sibling: dict[str, str], storm: str, phase: str, seconds: int
    ) -> None:
        """Begin to update the stack. When it gets into a phase, calls fail."""
        self.world.disturb(storm, 60, phase)
        self.begin_update(change, which, sibling, rollback=True)
        self.go_on(seconds)

    @precondition(lambda self: self.world.idle)
    @rule(change=st.sampled_from(CHANGES), which=st.integers(0, 2), sibling=FAILING, storm=st.sampled_from(LONG_STORMS))
    def update_that_rolls_back_in_a_storm(self, change: str, which: int, sibling: dict[str, str], storm: str) -> None:
        """Update the stack and fail. Calls fail for a minute of the rollback."""
        self.world.disturb(storm, 60, "UPDATE_ROLLBACK_IN_PROGRESS")
        self.begin_update(change, which, sibling, rollback=True)
        self.world.run_to_end()

    @precondition(lambda self: self.world.idle)
    @rule(
        which=st.integers(0, 2),
        outcome=st.sampled_from(["slow", "hangs", "takes two parts of a wait"]),
        delivery=st.sampled_from([*DELIVERIES, "150 s late", "150 s late"]),
        resource=st.sampled_from([WAIT, WAIT, DISTRIBUTION]),
    )
    def update_that_is_delivered_late(self, which: int, outcome: str, delivery: str, resource: str) -> None:
        """Distribute anew. A request gets to the function late, twice, or to an invocation that dies."""
        self.world.distribute_next(outcome)
        self.world.deliver_next(delivery, "", resource)
        self.begin_update("revision", which, {}, rollback=True)
        self.world.run_to_end()

    @precondition(lambda self: self.world.idle or self.world.is_creating)
    @rule(seconds=SECONDS)
    def delete(self, seconds: int) -> None:
        """Begin to delete the stack, perhaps during its create."""
        self.world.delete()
        self.go_on(seconds)

    def begin_create(
        self, number: int, shape: Declared, outcome: str, sibling: dict[str, str], *, rollback: bool
    ) -> None:
        """Begin to create a stack with so many distributions."""
        self.world.distribute_next(outcome)
        self.world.make_stack(number, shape)
        self.world.deploy(sibling, rollback)

    def begin_update(self, change: str, which: int, sibling: dict[str, str], *, rollback: bool) -> None:
        """Begin to update the stack, one of its distributions first of all."""
        self.changes += 1
        place = which % len(self.world.declared) if self.world.declared else 0
        self.world.declared = changed(self.world.declared, change, place, self.changes)
        self.world.deploy(sibling, rollback)

    # Steps of time

    def go_on(self, seconds: int) -> None:
        """Let time pass, or the deployment end."""
        if seconds == TO_THE_END:
            self.world.run_to_end()
        else:
            self.world.account.settle(seconds)

    @precondition(lambda self: self.world.stack is not None and self.world.stack.busy)
    @rule(seconds=SECONDS)
    def pass_time(self, seconds: int) -> None:
        """Let time pass."""
        self.go_on(seconds)

    @precondition(lambda self: self.world.idle)
    @rule()
    def age(self) -> None:
        """Let more than a day pass."""
        self.world.account.settle(90_000)
        self.world.check_rules()

    # Steps of faults

    @precondition(lambda self: self.world.stack is not None)
    @rule(storm=st.sampled_from(list(STORMS)), seconds=st.sampled_from([20, 60]), phase=st.sampled_from(PHASES))
    def storm(self, storm: str, seconds: int, phase: str) -> None:
        """Let calls fail for so many seconds, from now on or when the stack gets into a phase."""
        self.world.disturb(storm, seconds, phase)

    @precondition(lambda self: self.world.stack is not None)
    @rule(delivery=st.sampled_from(list(DELIVERIES)), kind=st.sampled_from(["", "Create", "Update", "Delete"]))
    def delivery(self, delivery: str, kind: str) -> None:
        """Let the next request be delivered late, twice, not at all, or to an invocation that dies."""
        self.world.deliver_next(delivery, kind)

    @precondition(lambda self: self.world.stack is not None)
    @rule(outcome=st.sampled_from(list(OUTCOMES)))
    def outcome(self, outcome: str) -> None:
        """Say how the next distribution goes."""
        self.world.distribute_next(outcome)

    # Steps of somebody else

    @precondition(lambda self: self.world.idle and bool(self.world.done_images))
    @rule(which=st.integers(0, 9), deed=st.sampled_from(others.DEEDS), change=st.sampled_from(["", "", "asks"]))
    def meddle(self, which: int, deed: str, change: str) -> None:
        """Tag, retire or delete an image by hand; perhaps update the stack after that."""
        images = self.world.done_images
        others.do(self.world, images[which % len(images)], deed)
        if change:
            self.begin_update(change, which, {}, rollback=True)
            self.world.run_to_end()

    @precondition(lambda self: self.world.stack is not None)
    @rule(forgery=st.sampled_from(others.FORGERIES))
    def forge(self, forgery: str) -> None:
        """Let an image of others look like one of the stack."""
        others.forge(self.world, forgery)

    @precondition(lambda self: self.world.idle)
    @rule(which=st.integers(0, 2))
    def forge_what_a_rollback_returns_to(self, which: int) -> None:
        """Update the stack and fail. Meanwhile an image of others becomes what the new image says that it replaced."""
        self.world.when("UPDATE_ROLLBACK_IN_PROGRESS", lambda: others.forge(self.world, "predecessor"))
        self.begin_update("revision", which, {"Seconds": "40", "Fails": "Create,Update"}, rollback=True)
        self.world.run_to_end()
        if self.world.witness.tampered:
            self.world.abandon()

    @precondition(lambda self: self.world.idle)
    @rule(injection=st.sampled_from(others.INJECTIONS), as_own_stack=st.booleans())
    def inject(self, injection: str, as_own_stack: bool) -> None:
        """Send the function an event about an image of another stack."""
        others.inject(self.world, injection, as_own_stack=as_own_stack)

    # What must always be true

    @invariant()
    def nothing_went_wrong(self) -> None:
        """Look at all calls, answers and images so far."""
        STEPS[self.world.stack.status if self.world.stack is not None else "no stack"] += 1
        self.world.check()
