"""Whatever order CloudFormation, faults and time come in: nothing leaks and nothing runs twice.

A machine of random operations (hypothesis): creates, updates, failures, duplicates, cut-offs and roll-backs, as
CloudFormation sends them. After each operation the invariants are looked at.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from local_aws.image_builder import Fault, Outcome, RegionFailure
from simulated_aws import PROPERTIES, WAIT

from .patched_handler import simulated_account

OUTCOMES = st.sampled_from(
    [
        Outcome(),
        Outcome(distributing=400),
        Outcome(sends_events=False),
        Outcome(failures=(RegionFailure("us-east-1", "No."),)),
        Outcome(hang="DISTRIBUTING", cancelling=30),
        Outcome(distributing=30, cancel_loses=True),
    ]
)
FAULTS = st.sampled_from(
    [
        None,
        None,
        Fault("DistributeImage", lost=True),
        Fault("DistributeImage", lost=True, times=40),
        Fault("DistributeImage", "CallRateLimitExceededException", times=4),
        Fault("DistributeImage", "InvalidRequestException", times=40),
        Fault("GetImage", "ServiceException", times=9),
        Fault("CancelImageCreation", "TooManyRequestsException", times=9),
        Fault("DeleteImage", lost=True),
        Fault("*", "ServiceUnavailableException", times=3),
    ]
)
DELIVERIES = st.sampled_from([1, 1, 2])
TAG_LAGS = st.sampled_from([0.0, 0.0, 20.0])


class Lifecycle(RuleBasedStateMachine):
    """One stack with one distribution and its wait, through its life."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.account = self.stack.enter_context(simulated_account())
        logging.disable(logging.CRITICAL)
        self.image: str | None = None
        self.properties: dict[str, Any] = {}
        self.revision = 0
        self.starts_allowed = 0

    def teardown(self) -> None:
        """Delete the stack: in the end nothing is left, whatever came before."""
        try:
            self.calm()
            if self.image is not None:
                self.delete(self.image)
            self.account.settle(600)
            assert self.account.images == []
            assert self.account.event_bridge.rules == {}
        finally:
            logging.disable(logging.NOTSET)
            self.stack.close()

    # What CloudFormation does

    def calm(self) -> None:
        """Let everything go well from here on."""
        self.account.builder.script.faults.clear()
        self.account.builder.script.outcomes.clear()
        self.account.tags.lag = 0

    def operate(self, sent: dict[str, Any], deliveries: int = 1) -> dict[str, Any]:
        """Deliver an operation, perhaps twice, and return what it is answered."""
        for _ in range(deliveries - 1):
            self.account.deliver(sent)
        return self.account.operate(sent)

    def wait(self, image: str, request_type: str, seconds: int = 600) -> dict[str, Any]:
        """Wait for an image, as the resource after the distribution does."""
        properties = {"ImageArn": image, "Segment": "1", "Segments": "1", "Seconds": str(seconds)}
        physical_id = {"PhysicalResourceId": "Golden-Wait9A9B7B98"} if request_type != "Create" else {}
        return self.operate(self.account.request(request_type, WAIT, ResourceProperties=properties, **physical_id))

    def delete(self, physical_id: str, deliveries: int = 1) -> None:
        """Delete by an id until it succeeds; a user tries again."""
        sent = self.account.request("Delete", PhysicalResourceId=physical_id, ResourceProperties=self.properties)
        if self.operate(sent, deliveries)["Status"] != "SUCCESS":
            self.calm()
            again = self.account.request("Delete", PhysicalResourceId=physical_id, ResourceProperties=self.properties)
            assert self.operate(again)["Status"] == "SUCCESS"

    def own(self, image: str | None) -> None:
        """Take an image for the stack's own."""
        self.image = image
        if image is not None:
            self.account.stack.set_resource("Distribution830FAC52", "UPDATE_COMPLETE", image)

    # What happens

    @precondition(lambda self: self.image is None)
    @rule(outcome=OUTCOMES, fault=FAULTS, deliveries=DELIVERIES, cut_off=st.booleans(), lag=TAG_LAGS)
    def create(self, outcome: Outcome, fault: Fault | None, deliveries: int, cut_off: bool, lag: float) -> None:
        """Create the distribution; when it fails or is cut off, CloudFormation takes it back."""
        self.script(outcome, fault, lag)
        self.properties = {**PROPERTIES, "Revision": str(self.revision)}
        answer = self.operate(self.account.request("Create", ResourceProperties=self.properties), deliveries)
        self.starts_allowed += 1
        physical_id = answer["PhysicalResourceId"]
        if cut_off:
            self.delete("Golden-Distribution830FAC52-INVENTED", deliveries)
        elif answer["Status"] == "FAILED" or self.wait(physical_id, "Create")["Status"] == "FAILED":
            self.delete(physical_id, deliveries)
        else:
            self.own(physical_id)
        self.calm()

    @precondition(lambda self: self.image is not None)
    @rule(
        outcome=OUTCOMES,
        fault=FAULTS,
        deliveries=DELIVERIES,
        sibling_fails=st.booleans(),
        lag=TAG_LAGS,
        swapped=st.booleans(),
    )
    def update(
        self,
        outcome: Outcome,
        fault: Fault | None,
        deliveries: int,
        sibling_fails: bool,
        lag: float,
        swapped: bool,
    ) -> None:
        """Distribute something else; when anything fails, CloudFormation takes it back and deletes the new image."""
        assert self.image is not None
        self.script(outcome, fault, lag)
        self.revision += 1
        before, wanted, old = self.properties, {**self.properties, "Revision": str(self.revision)}, self.image
        update = self.account.request(
            "Update", PhysicalResourceId=old, ResourceProperties=wanted, OldResourceProperties=before
        )
        answer = self.operate(update, deliveries)
        self.starts_allowed += 1
        new = answer["PhysicalResourceId"]
        failed = answer["Status"] == "FAILED" or self.wait(new, "Update")["Status"] == "FAILED"
        if not failed and not sibling_fails:
            self.own(new)
            self.delete(old)
            self.properties = wanted
            self.calm()
            return
        self.account.now += lag
        if answer["Status"] == "SUCCESS" or swapped:
            rollback = self.account.request(
                "Update", PhysicalResourceId=new, ResourceProperties=before, OldResourceProperties=wanted
            )
            returned = self.operate(rollback, deliveries)
            if returned["Status"] == "FAILED":
                self.calm()
                rollback["RequestId"] += "-again"
                returned = self.operate(rollback)
            assert returned["Status"] == "SUCCESS"
            assert returned["PhysicalResourceId"] == old
            self.wait(old, "Update")
            if new != old:
                self.delete(new)
        self.calm()

    @precondition(lambda self: self.image is not None)
    @rule(team=st.sampled_from(["a", "b"]), deliveries=DELIVERIES)
    def tag(self, team: str, deliveries: int) -> None:
        """Change a tag: the image stays."""
        before, wanted = self.properties, {**self.properties, "Tags": {"Team": team}}
        sent = self.account.request(
            "Update", PhysicalResourceId=self.image, ResourceProperties=wanted, OldResourceProperties=before
        )
        answer = self.operate(sent, deliveries)
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", self.image)
        assert self.image is not None
        assert self.account.builder.store.images[self.image].tags["Team"] == team
        self.properties = wanted

    @precondition(lambda self: self.image is not None)
    @rule(fault=FAULTS, deliveries=DELIVERIES)
    def destroy(self, fault: Fault | None, deliveries: int) -> None:
        """Delete the distribution."""
        assert self.image is not None
        self.script(None, fault, 0)
        self.delete(self.image, deliveries)
        self.own(None)
        self.calm()
        self.account.settle(130)
        assert self.account.images == []

    def script(self, outcome: Outcome | None, fault: Fault | None, lag: float) -> None:
        """Say what goes otherwise than well in the next operation."""
        if outcome is not None:
            self.account.builder.script.outcomes.append(outcome)
        if fault is not None:
            self.account.builder.script.faults.append(fault)
        self.account.tags.lag = lag

    # What must always be true

    @invariant()
    def the_stacks_own_image_is_there(self) -> None:
        """Nobody has deleted what the stack takes for its own."""
        assert self.image is None or self.image in self.account.images

    @invariant()
    def nothing_was_distributed_twice(self) -> None:
        """At most one distribution for each operation that wants one."""
        tokens = {call.parameters["clientToken"] for call in self.account.calls("DistributeImage")}
        assert len(tokens) <= self.starts_allowed

    @invariant()
    def every_operation_has_one_outcome(self) -> None:
        """All deliveries of an operation that succeed name the same resource; no answer is without a name.

        A delivery after one that failed may find things better; CloudFormation takes the first answer.
        """
        succeeded: dict[str, set[str]] = {}
        for body in self.account.answers.bodies:
            assert body["PhysicalResourceId"] not in ("", "None")
            assert len(body["Reason"]) <= 256
            if body["Status"] == "SUCCESS":
                succeeded.setdefault(body["RequestId"], set()).add(body["PhysicalResourceId"])
        assert all(len(ids) == 1 for ids in succeeded.values()), succeeded

    @invariant()
    def no_rule_outlives_its_operation(self) -> None:
        """Between operations there is no rule, or a poll away from none."""
        if self.account.event_bridge.rules:
            self.account.settle(61)
        assert self.account.event_bridge.rules == {}


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(
    # A thousand steps. The same ones in each run, so that main is not red by chance; and not shrunk, which takes
    # minutes: the failing example is printed as it is.
    max_examples=40,
    stateful_step_count=25,
    derandomize=True,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
