"""The Lambda function: invocations with a time-out, containers, and Lambda's asynchronous deliveries."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .requests import FUNCTION_ARN
from .simulation import Process, Simulation

#: What the Lambda runtime calls.
Handler = Callable[[dict[str, Any], Any], object]

_FUNCTION_NAME = FUNCTION_ARN.rpartition(":")[2]


class Context:
    """What the Lambda runtime tells a handler about its invocation."""

    function_name = _FUNCTION_NAME
    invoked_function_arn = FUNCTION_ARN
    aws_request_id = "c0ffee00-0000-4000-8000-000000000000"

    def __init__(self, seconds: float = 300.0, clock: Callable[[], float] = lambda: 0.0) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function's time-out."""
        return int((self._end - self._clock()) * 1000)


@dataclass(frozen=True)
class Delivery:
    """How one asynchronous event reaches the function.

    Attributes:
        after: Seconds until the first delivery.
        copies: How often the event is delivered; Lambda promises at least once.
        apart: Seconds between two copies.
        lost: The event is never delivered.
        dies_after: Seconds after which each copy's invocation dies without a warning.
        request_type: Only an event of this RequestType is delivered so; any by default.
        resource_type: The same for its ResourceType.
    """

    after: float = 0.0
    copies: int = 1
    apart: float = 0.0
    lost: bool = False
    dies_after: float = float("inf")
    request_type: str = ""
    resource_type: str = ""


@dataclass
class Invocation:
    """One invocation.

    Attributes:
        attempt: 1 for the first delivery of an event, 2 and 3 for Lambda's retries.
        enqueued: When Lambda took the event, in seconds since the epoch.
        started: When the function got it.
        outcome: `running`, `returned`, `raised` or `timed out`.
        error: What the handler raised.
    """

    event: Mapping[str, Any]
    attempt: int
    enqueued: float
    started: float
    outcome: str = "running"
    error: Exception | None = None


@dataclass
class Function:
    """The handler as a Lambda function.

    Attributes:
        simulation: The clock.
        make_handler: Makes the handler of one container.
        timeout: Seconds that an invocation may take.
        retries: Seconds after a failed invocation until the event is delivered again.
        max_event_age: Seconds after which Lambda drops an event.
        deliveries: How the next events of CloudFormation are delivered; the first that matches applies.
        throttled_until: Until then no invocation starts, in seconds since the epoch.
        invocations: All so far.
        exists: Whether the function that an event is meant for is still there; its stack may be deleted.
    """

    simulation: Simulation
    make_handler: Callable[[], Handler]
    timeout: float = 300.0
    retries: tuple[float, ...] = (60.0, 120.0)
    max_event_age: float = 900.0
    deliveries: list[Delivery] = field(default_factory=list)
    throttled_until: float = 0.0
    invocations: list[Invocation] = field(default_factory=list)
    exists: Callable[[Mapping[str, Any]], bool] = lambda event: True
    _idle: list[Handler] = field(default_factory=list)

    def send(self, event: Mapping[str, Any]) -> None:
        """Invoke the function asynchronously, as the script in `deliveries` says."""
        delivery = self._take_delivery(event)
        if delivery.lost:
            return
        now = self.simulation.now()
        for copy in range(delivery.copies):
            time = now + delivery.after + copy * delivery.apart
            self._deliver_at(time, event, 1, now, delivery.dies_after)

    def send_from_rule(self, target_input: str) -> None:
        """Invoke the function asynchronously, as EventBridge does."""
        now = self.simulation.now()
        self._deliver_at(now, json.loads(target_input), 1, now)

    def invoke(self, event: Mapping[str, Any]) -> Process:
        """Deliver an event now, and again if the invocation fails."""
        now = self.simulation.now()
        return self._start(event, 1, now)

    def _take_delivery(self, event: Mapping[str, Any]) -> Delivery:
        for delivery in self.deliveries:
            is_meant = delivery.resource_type in ("", event["ResourceType"])
            if is_meant and delivery.request_type in ("", event["RequestType"]):
                self.deliveries.remove(delivery)
                return delivery
        return Delivery()

    def _deliver_at(
        self, time: float, event: Mapping[str, Any], attempt: int, enqueued: float, lasts: float = float("inf")
    ) -> None:
        self.simulation.at(time, lambda: self._deliver(event, attempt, enqueued, lasts))

    def _deliver(self, event: Mapping[str, Any], attempt: int, enqueued: float, lasts: float) -> None:
        now = self.simulation.now()
        if now - enqueued > self.max_event_age or not self.exists(event):
            return
        if now < self.throttled_until:
            self._deliver_at(self.throttled_until, event, attempt, enqueued, lasts)
        else:
            self._start(event, attempt, enqueued, lasts)

    def _start(self, event: Mapping[str, Any], attempt: int, enqueued: float, lasts: float = float("inf")) -> Process:
        invocation = Invocation(event, attempt, enqueued, self.simulation.now())
        self.invocations.append(invocation)
        cause = str(event.get("RequestId", ""))
        return self.simulation.spawn(lambda: self._run(invocation), lasts=min(lasts, self.timeout), cause=cause)

    def _run(self, invocation: Invocation) -> None:
        # A container handles one event at a time. Lambda discards one whose invocation timed out.
        container = self._idle.pop() if self._idle else self.make_handler()
        invocation.outcome = "timed out"
        try:
            # The function gets a copy of its own.
            container(json.loads(json.dumps(invocation.event)), Context(self.timeout, self.simulation.now))
            invocation.outcome = "returned"
        except Exception as error:
            invocation.outcome, invocation.error = "raised", error
        finally:
            if invocation.outcome == "timed out":
                self._retry(invocation)
        self._idle.append(container)
        if invocation.outcome == "raised":
            self._retry(invocation)

    def _retry(self, invocation: Invocation) -> None:
        if invocation.attempt <= len(self.retries):
            time = self.simulation.now() + self.retries[invocation.attempt - 1]
            self._deliver_at(time, invocation.event, invocation.attempt + 1, invocation.enqueued)
