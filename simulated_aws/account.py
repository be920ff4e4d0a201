"""The simulated account: the services, the function, the clock, and CloudFormation's requests one by one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .amis import Amis
from .answers import Answers
from .event_bridge import EventBridge
from .faults import CallFault, Faults
from .function import Delivery, Function, Handler, Invocation
from .handler_aws import SimulatedAws
from .image_builder import HostedImageBuilder
from .permissions import Permissions
from .requests import DISTRIBUTION, LOGICAL_IDS, STACK_ID, event
from .services import Call, Services
from .simulation import Simulation
from .stack_records import StackRecord, StackRecords
from .tag_index import TagIndex

START = 1_800_000_000.0


class MakeHandler(Protocol):
    """How the handler of one container is made: `index.Handler`."""

    def __call__(self, *, aws: Any, clock: Any) -> Handler:
        """Return the handler."""


class Answering(Protocol):
    """A service."""

    def answer(self, operation: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        """Answer one call, or raise Refused."""


class SimulatedAccount:
    """One account in one Region, in which nothing sleeps and nothing is sent.

    Attributes:
        simulation: The clock, which is also the handler's, and the processes.
        builder: Image Builder, to script and to look into.
        amis: The AMIs.
        event_bridge: The rules.
        tags: The tagging API.
        stacks: CloudFormation's API; `stack` is the stack of `request`.
        function: The handler as a Lambda function.
        answers: What CloudFormation was answered.
        permissions: The policies of the function's role.
        services: The front door of all services, with its `latency`.
        answering: The services behind it, by botocore's names; add to it what another handler calls.
        on_answer: Called with the first answer to each request.
    """

    def __init__(self, handler: MakeHandler) -> None:
        """Make an account with a source AMI and a distribution configuration.

        Args:
            handler: Makes the handler of a container, such as `index.Handler`.
        """
        self.simulation = Simulation(START)
        clock = self.simulation.now
        self.amis = Amis(clock=clock)
        self.amis.add_source()
        self.tags = TagIndex(clock)
        self._image_builder = HostedImageBuilder(
            self.simulation, self.amis, self.tags, lambda arn: self.event_bridge.state_changed(arn)
        )
        self.builder = self._image_builder.stand_in
        self.permissions = Permissions(clock)
        self.services = Services(
            self.simulation, Faults(), self.permissions, self._carry_out, self._image_builder.tags_of
        )
        self.aws = SimulatedAws(self.services)
        self.function = Function(self.simulation, lambda: handler(aws=self.aws, clock=self.simulation))
        self.event_bridge = EventBridge(clock, self.function.send_from_rule)
        self.stack = StackRecord(STACK_ID, clock)
        self.stacks = StackRecords({STACK_ID: self.stack})
        self.answers = Answers(self._answered, self.simulation.problems.append)
        self.answering: dict[str, Answering] = {
            "imagebuilder": self._image_builder,
            "events": self.event_bridge,
            "resourcegroupstaggingapi": self.tags,
            "cloudformation": self.stacks,
            "ec2": self.amis,
        }
        self.requests: dict[str, Mapping[str, Any]] = {}
        self.on_answer: Callable[[Mapping[str, Any]], None] = self._show_answer
        self.simulation.sources += [self._image_builder, self.event_bridge]
        self._numbers = itertools.count(1)

    def __enter__(self) -> SimulatedAccount:
        return self

    def __exit__(self, *_: object) -> None:
        self.simulation.close()

    # CloudFormation's requests, one by one

    def request(
        self, request_type: str, resource_type: str = DISTRIBUTION, *, stack_status: str = "", **fields: Any
    ) -> dict[str, Any]:
        """Return a new request, and show in the stack's record that CloudFormation makes it.

        Args:
            request_type: `Create`, `Update` or `Delete`.
            resource_type: DISTRIBUTION or WAIT.
            stack_status: The stack's status; see `StackRecord.requested` for the default.
            fields: Replace members of the request.
        """
        changes = {"ResourceType": resource_type, "LogicalResourceId": LOGICAL_IDS[resource_type], **fields}
        made = event(request_type, request_id=f"request-{next(self._numbers)}", **changes)
        self.requests[made["RequestId"]] = made
        self.stack.requested(made, stack_status)
        return made

    def deliver(self, sent: Mapping[str, Any]) -> Invocation:
        """Invoke the function with an event, and return once this invocation has ended."""
        process = self.function.invoke(sent)
        invocation = self.function.invocations[-1]
        while not process.done:
            self.simulation.step()
        return invocation

    def operate(self, sent: Mapping[str, Any], *, within: float = 3600.0) -> dict[str, Any]:
        """Deliver an event and let time pass until it is answered. Return the answer that CloudFormation takes."""
        self.deliver(sent)
        self.run_until(lambda: self.answers.first(sent["RequestId"]) is not None, within)
        answer = self.answers.first(sent["RequestId"])
        if answer is None:
            raise AssertionError(f"not answered within {within} seconds: {sent['RequestType']}")
        return answer

    def answers_to(self, sent: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the answers to one request."""
        return [body for body in self.answers.bodies if body["RequestId"] == sent["RequestId"]]

    @property
    def omitted(self) -> set[str]:
        """Members that Image Builder's answers lack, such as `image.dateCreated`; add to it."""
        return self._image_builder.omitted

    # Time

    @property
    def now(self) -> float:
        """Seconds since the epoch. To set it is to let what was due in between happen late."""
        return self.simulation.now()

    @now.setter
    def now(self, seconds: float) -> None:
        self.simulation.jump(seconds)

    def run_until(self, condition: Callable[[], bool], within: float = 3600.0) -> bool:
        """Let time pass until a condition holds, and return whether it does."""
        return self.simulation.run_until(condition, within)

    def settle(self, seconds: float = 300.0) -> None:
        """Let time pass."""
        self.simulation.run_for(seconds)

    # Faults

    def fail(self, operation: str, code: str = "", message: str = "Injected by a test.", **fault: Any) -> None:
        """Let calls of an operation fail; see `CallFault`."""
        self.services.faults.scripted.append(CallFault(operation, code, message, **fault))

    def heal(self, operation: str = "") -> None:
        """Let calls of an operation, or all, succeed again."""
        self.services.faults.clear(operation)

    def deliver_next(self, **delivery: Any) -> None:
        """Script how the next event of CloudFormation reaches the function; see `Delivery`."""
        self.function.deliveries.append(Delivery(**delivery))

    # What there is

    @property
    def invocations(self) -> int:
        """How often the function was invoked."""
        return len(self.function.invocations)

    @property
    def images(self) -> list[str]:
        """ARNs of the images that exist."""
        return list(self.builder.store.images)

    @property
    def copies(self) -> list[str]:
        """Ids of the AMIs that distributions made, in every Region and account."""
        return [ami for _, _, ami in self.amis.amis]

    def status_of(self, arn: str) -> str:
        """Return an image's status."""
        self.builder.advance()
        return self.builder.store.images[arn].status

    def calls(self, operation: str) -> list[Call]:
        """Return the calls of one operation that were carried out."""
        return [call for call in self.attempts(operation) if call.outcome in ("ok", "lost")]

    def attempts(self, operation: str) -> list[Call]:
        """Return the calls of one operation, whatever came of them."""
        return [call for call in self.services.calls if call.operation == operation]

    # Inside

    def _answered(self, answer: dict[str, Any]) -> None:
        self.on_answer(answer)

    def _show_answer(self, answer: Mapping[str, Any]) -> None:
        request = self.requests.get(answer["RequestId"])
        if request is not None:
            self.stack.answered(request, answer)

    def _carry_out(self, service: str, operation: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        if service == "answers":
            self.answers.accept(parameters["url"], parameters["body"])
            return {}
        return self.answering[service].answer(operation, parameters)
