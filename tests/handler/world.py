"""The world of the handler in one process: its AWS, its clock, and a CloudFormation that sends it events."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from cdk_image_distribution_handler import clients
from cdk_image_distribution_handler.index import handler
from local_aws.image_builder import ImageBuilder, InMemory, answer_client
from local_aws.image_builder.store import iso

from .cloudformation import CONFIGURATION_ARN, PROPERTIES, STACK_ID, Answers, Context, event
from .event_bridge import MINUTE, EventBridge
from .fake_client import Refused, Unreachable, answer_with

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
SOURCE_AMI = PROPERTIES["SourceImage"]
START = 1_800_000_000.0
DISTRIBUTION, WAIT = "Custom::ImageDistribution", "Custom::ImageDistributionWait"


class World:
    """One account in one Region, in which nothing sleeps.

    Attributes:
        builder: Image Builder, to script and to look into.
        event_bridge: The rules.
        answers: What CloudFormation was answered.
        own: The physical ids that CloudFormation takes for its own, by logical id.
        faults: Codes with which calls of other services are refused, by operation; "down" for no connection.
        tag_lag: Seconds until the tagging API knows an image.
        invocations: How often the function was called.
        function_timeout: Seconds that an invocation may take.
    """

    current: World

    def __init__(self, answers: Answers) -> None:
        self.now = START
        self.builder = ImageBuilder(
            account=ACCOUNT, clock=self.clock, wait=self.sleep, on_state_change=self._changed, surroundings=InMemory()
        )
        self.builder.call(
            "CreateDistributionConfiguration",
            name=CONFIGURATION_ARN.rpartition("/")[2],
            distributions=[
                {"region": "eu-west-1"},
                {"region": "us-east-1", "amiDistributionConfiguration": {"targetAccountIds": [ACCOUNT, OTHER_ACCOUNT]}},
            ],
            clientToken="configuration",
        )
        self.event_bridge = EventBridge(self.clock)
        self.answers = answers
        self.own: dict[str, str] = {}
        self.faults: dict[str, str] = {}
        self.tag_lag = 0.0
        self.invocations = 0
        self.function_timeout = 300.0
        self._calls: list[str] = []
        self._requests = itertools.count(1)
        self._lock = threading.RLock()
        World.current = self
        _connect()

    def clock(self) -> float:
        """Seconds since the epoch, here."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass for whoever waits in the function itself."""
        self.now += seconds

    # CloudFormation

    def request(self, request_type: str, resource_type: str = DISTRIBUTION, **fields: Any) -> dict[str, Any]:
        """Return an event of a new operation of CloudFormation's; `fields` replace what is in it."""
        logical_id = "Wait9A9B7B98" if resource_type == WAIT else "Distribution830FAC52"
        return event(
            request_type,
            request_id=f"request-{next(self._requests)}",
            **{"ResourceType": resource_type, "LogicalResourceId": logical_id, **fields},
        )

    def deliver(self, sent: Mapping[str, Any]) -> None:
        """Invoke the function with an event, which it gets as a copy of its own."""
        self.invocations += 1
        handler(json.loads(json.dumps(sent)), Context(self.function_timeout, self.clock))

    def operate(self, sent: Mapping[str, Any], *, within: float = 3600.0) -> dict[str, Any]:
        """Deliver an event and let time pass until it is answered; return the first answer, as CloudFormation does."""
        self.deliver(sent)
        for _ in self.pass_time(within):
            found = self.answers_to(sent)
            if found:
                return found[0]
        raise AssertionError(f"not answered within {within} seconds: {sent['RequestType']}")

    def answers_to(self, sent: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the answers to one operation."""
        return [body for body in self.answers.bodies if body["RequestId"] == sent["RequestId"]]

    # Time

    def pass_time(self, seconds: float) -> Iterator[float]:
        """Let time pass from one thing that happens to the next, calling the function as EventBridge does.

        Yields after each.
        """
        end = self.now + seconds
        self._deliver_calls()
        yield self.now
        while self.now < end:
            before = self.now
            self.now = min(end, *(due for due in self._due() if due > before))
            self.builder.advance()
            self._calls += self.event_bridge.called_by_schedule(before, self.now)
            self._deliver_calls()
            yield self.now

    def _due(self) -> Iterator[float]:
        """Yield the times at which something happens by itself."""
        yield float("inf")
        store = self.builder.store
        for plan in (planned.plan for planned in store.images.values()):
            yield from (due.at for due in plan[:1])
        for plan in (planned.plan for planned in store.executions.values()):
            yield from (due.at for due in plan[:1])
        yield from (at for at, _, _ in store.events)
        for rule in self.event_bridge.rules.values():
            yield rule.since + MINUTE * ((self.now - rule.since) // MINUTE + 1)

    def settle(self, seconds: float = 300.0) -> None:
        """Let time pass, so that whatever would still happen has happened."""
        for _ in self.pass_time(seconds):
            pass

    def _deliver_calls(self) -> None:
        while self._calls:
            self.deliver(json.loads(self._calls.pop(0)))

    def _changed(self, arn: str, status: str) -> None:
        with self._lock:
            self._calls += self.event_bridge.called_by_event(arn)

    # What there is

    @property
    def images(self) -> list[str]:
        """ARNs of the images that exist."""
        return list(self.builder.store.images)

    @property
    def amis(self) -> list[str]:
        """Ids of the copies that exist."""
        surroundings = self.builder.store.surroundings
        assert isinstance(surroundings, InMemory)
        return [ami for _, _, ami in surroundings.amis]

    def status_of(self, arn: str) -> str:
        """Return an image's status."""
        self.builder.advance()
        return self.builder.store.images[arn].status

    def calls(self, operation: str) -> list[Any]:
        """Return the calls of one operation that Image Builder carried out."""
        return [call for call in self.builder.calls if call.operation == operation and call.outcome in ("ok", "lost")]

    # Other services

    def answer(self, operation: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        """Answer a call of any service but Image Builder."""
        fault = self.faults.get(operation)
        if fault == "down":
            raise Unreachable
        if fault is not None:
            raise Refused(fault, f"not authorized to perform: {operation}")
        with self._lock:
            if operation == "GetResources":
                return self._get_resources(parameters["TagFilters"])
            if operation == "DescribeStackResource":
                assert parameters["StackName"] == STACK_ID
                logical_id = parameters["LogicalResourceId"]
                return {"StackResourceDetail": {"PhysicalResourceId": self.own.get(logical_id, "")}}
            if operation == "DescribeImages":
                return self._describe_images(parameters["Filters"])
            return self.event_bridge.answer(operation, parameters)

    def _get_resources(self, filters: list[dict[str, Any]]) -> Mapping[str, Any]:
        found = [
            image
            for image in self.builder.store.images.values()
            if image.created <= self.now - self.tag_lag
            and all(image.tags.get(wanted["Key"]) in wanted["Values"] for wanted in filters)
        ]
        return {
            "ResourceTagMappingList": [
                {"ResourceARN": image.arn, "Tags": [{"Key": key, "Value": value} for key, value in image.tags.items()]}
                for image in found
            ]
        }

    def _describe_images(self, filters: list[dict[str, Any]]) -> Mapping[str, Any]:
        (wanted,) = filters
        made = dict.fromkeys(self.amis, self.now)
        return {
            "Images": [{"ImageId": ami, "CreationDate": iso(made.get(ami, START - 86_400))} for ami in wanted["Values"]]
        }


class _CurrentBuilder:
    """Image Builder of the world that there is now."""

    def handle(self, *request: Any) -> Any:
        return World.current.builder.handle(*request)


def _connect() -> None:
    """Let the handler's clients reach the current world; once, since boto3 takes long to make a client."""
    if getattr(_connect, "done", False):
        return
    for service in (clients.events, clients.tagging, clients.cloudformation, clients.ec2):
        answer_with(service(), lambda operation, parameters: World.current.answer(operation, parameters))
    answer_client(clients.image_builder(), _CurrentBuilder())  # type: ignore[arg-type]  # has all that is used
    _connect.done = True  # type: ignore[attr-defined]
