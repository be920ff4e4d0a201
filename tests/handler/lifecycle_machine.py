"""A machine of random steps (hypothesis) over simulated CloudFormation stacks.

Deployments go on while other steps fail services, delay readers, lose deliveries, change images by hand and let time
pass. `lifecycle_rules` says what must always be true.
"""

from __future__ import annotations

import logging
from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from simulated_aws import Behaviour

from . import lifecycle_others as others
from .lifecycle_changes import CHANGES, changed
from .lifecycle_template import SOURCES, Declared
from .lifecycle_weather import DELIVERIES, OMITTED, OUTCOMES, PHASES, STORMS
from .lifecycle_world import World

#: How many steps all machines of this process took, by the phase that the stack was in.
STEPS: Counter[str] = Counter()

SIBLINGS = st.sampled_from(
    [{}, {}, {"Seconds": "3", "Fails": "Create,Update"}, {"Seconds": "40", "Fails": "Create,Update"}]
)


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
            retries=st.sampled_from([0, 0, 1, 2]),
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
            self.world.disturb(storm, 60)
        if delivery:
            self.world.deliver_next(delivery, "Create")
        self.world.distribute_next(outcome)
        self.world.make_stack(number, shape)
        self.world.deploy(sibling, rollback)

    @precondition(lambda self: self.world.idle)
    @rule(
        change=st.sampled_from(CHANGES),
        which=st.integers(0, 2),
        sibling=SIBLINGS,
        rollback=st.sampled_from([True, True, False]),
    )
    def update(self, change: str, which: int, sibling: dict[str, str], rollback: bool) -> None:
        """Begin to update the stack."""
        self.changes += 1
        place = which % len(self.world.declared) if self.world.declared else 0
        self.world.declared = changed(self.world.declared, change, place, self.changes)
        self.world.deploy(sibling, rollback)

    @precondition(lambda self: self.world.idle or self.world.is_creating)
    @rule()
    def delete(self) -> None:
        """Begin to delete the stack, perhaps during its create."""
        self.world.delete()

    # Steps of time

    @precondition(lambda self: self.world.stack is not None)
    @rule(seconds=st.sampled_from([1, 3, 10, 30, 61, 130]))
    def pass_time(self, seconds: int) -> None:
        """Let time pass."""
        self.world.account.settle(seconds)

    @precondition(lambda self: self.world.stack is not None and not self.world.idle)
    @rule()
    def finish(self) -> None:
        """Let the deployment end."""
        self.world.run_to_end()

    @precondition(lambda self: self.world.idle)
    @rule()
    def age(self) -> None:
        """Let more than a day pass."""
        self.world.account.settle(90_000)

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

    @precondition(lambda self: bool(self.world.own_images))
    @rule(which=st.integers(0, 9))
    def tag_by_hand(self, which: int) -> None:
        """Tag an image."""
        images = self.world.own_images
        others.tag_by_hand(self.world, images[which % len(images)])

    @precondition(lambda self: self.world.idle and bool(self.world.done_images))
    @rule(which=st.integers(0, 9))
    def delete_by_hand(self, which: int) -> None:
        """Delete an image."""
        images = self.world.done_images
        others.delete_by_hand(self.world, images[which % len(images)])

    @precondition(lambda self: self.world.idle and bool(self.world.done_images))
    @rule(which=st.integers(0, 9), status=st.sampled_from(["DEPRECATED", "DISABLED"]))
    def retire(self, which: int, status: str) -> None:
        """Retire an image that is available."""
        images = self.world.done_images
        others.retire(self.world, images[which % len(images)], status)

    @precondition(lambda self: self.world.stack is not None)
    @rule()
    def forge(self) -> None:
        """Tag an image of others as if it were the stack's."""
        others.forge(self.world)

    # What must always be true

    @invariant()
    def nothing_went_wrong(self) -> None:
        """Look at all calls, answers and images so far."""
        STEPS[self.world.stack.status if self.world.stack is not None else "no stack"] += 1
        self.world.check()
