"""How often functions are invoked, and AWS called, for a distribution of some length, on a simulated clock."""

from __future__ import annotations

import importlib.util
import json
import math
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import boto3

from cdk_image_distribution import ImageDistribution
from local_aws.image_builder import Outcome, answer_client
from tests.handler.cloudformation import Answers, Context
from tests.handler.fake_client import answer_with
from tests.handler.simulated import answers_taken, simulated
from tests.handler.world import WAIT

from .counting import CountingWorld
from .figures import AWS_CUSTOM_RESOURCE, CRHELPER, OURS, PROVIDER, Figure, Value
from .stacks import ACCOUNT, CONFIGURATION, REGION, SOURCE_AMI, app_of, template_in
from .ways import HANDLERS

MINUTES = (1, 30, 300)
_HOUR = 3600.0


def figures() -> Iterator[Figure]:
    """Count for each length; the image is AVAILABLE half a minute before a poll, as it is on average."""
    for minutes in MINUTES:
        seconds = minutes * 60 - 30
        ours, calls = with_construct(seconds, minutes)
        plain, plain_calls = with_crhelper(seconds)
        name = "1 minute" if minutes == 1 else f"{minutes} minutes"
        asked: dict[str, Value] = {
            OURS: ours,
            CRHELPER: plain,
            PROVIDER: with_provider(seconds)[0],
            AWS_CUSTOM_RESOURCE: "does not wait",
        }
        yield Figure("invocations", f"function invocations, {name}", "", asked)
        without, _ = with_construct(seconds, minutes, sends_events=False)
        minutely = {**asked, OURS: without, PROVIDER: with_provider(seconds, every=60)[0]}
        yield Figure("invocations", f"function invocations, {name}, all asking each minute", "", minutely)
        made: dict[str, Value] = {OURS: calls, CRHELPER: plain_calls, PROVIDER: with_provider(seconds)[1]}
        yield Figure("invocations", f"calls of AWS's APIs, {name}", "", made)


def _outcome(seconds: float, sends_events: bool = True) -> Outcome:
    return Outcome(pending=5, distributing=seconds - 10, integrating=5, sends_events=sends_events)


def with_construct(seconds: float, minutes: int, sends_events: bool = True) -> tuple[Value, Value]:
    """Run the handler through all the custom resources that the construct makes for a wait of this length."""
    with answers_taken() as answers, simulated(CountingWorld, answers) as world:
        world.builder.script.outcomes.append(_outcome(seconds, sends_events))
        image = world.operate(world.request("Create"))["PhysicalResourceId"]
        for properties in _waits(minutes):
            sent = world.request("Create", WAIT, ResourceProperties={**properties, "ImageArn": image})
            assert world.operate(sent)["Status"] == "SUCCESS"
        world.settle()
        return [world.invocations], [world.called]


def _waits(minutes: int) -> list[Mapping[str, str]]:
    """Return the properties of the wait resources, as the template has them."""
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account=ACCOUNT, region=REGION))
    ImageDistribution(
        stack,
        "Distribution",
        source_image=SOURCE_AMI,
        distribution_configuration=CONFIGURATION,
        timeout=cdk.Duration.minutes(60 if minutes < 60 else minutes + 60),
    )
    template = cdk.assertions.Template.from_stack(stack)
    waits = [resource["Properties"] for resource in template.find_resources(WAIT).values()]
    return sorted(waits, key=lambda properties: int(properties["Segment"]))


def with_crhelper(seconds: float) -> tuple[Value, Value]:
    """Run the plain handler until CloudFormation has its answer or, after an hour, gives up."""
    with answers_taken() as answers, simulated(_CrhelperWorld, answers) as world:
        world.builder.script.outcomes.append(_outcome(seconds))
        sent = world.request("Create")
        world.deliver(sent)
        for _ in world.pass_time(_HOUR):
            if world.answers_to(sent):
                return [world.invocations], [world.called]
    return "fails after an hour", "fails after an hour"


def with_provider(seconds: float, every: int | None = None) -> tuple[Value, Value]:
    """Count by its state machine: each try is two functions, CDK's and the user's, and so is the start.

    CDK's calls the user's, and starts the state machine; the user's calls Image Builder.

    Args:
        seconds: Until the image is AVAILABLE.
        every: Seconds between two tries, if not as declared.
    """
    with tempfile.TemporaryDirectory() as folder:
        app_of(PROVIDER, 1, Path(folder)).synth()
        template, _ = template_in(Path(folder))
    (machine,) = (
        resource["Properties"]["DefinitionString"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::StepFunctions::StateMachine"
    )
    definition = json.loads("".join(part if isinstance(part, str) else "-" for part in machine["Fn::Join"][1]))
    (retry,) = definition["States"]["framework-isComplete-task"]["Retry"]
    assert retry["BackoffRate"] == 1
    interval = every or retry["IntervalSeconds"]
    tries = math.ceil(seconds / interval) + 1
    hour = retry["IntervalSeconds"] * retry["MaxAttempts"]
    if (tries - 1) * interval > hour:
        return "fails after an hour", "fails after an hour"
    return [2 + 2 * tries], [3 + 2 * tries]


class _CrhelperWorld(CountingWorld):
    """A World in which crhelper answers as it comes."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        # A module of its own for each world, with clients of its own.
        spec = importlib.util.spec_from_file_location("plain_crhelper", HANDLERS / "crhelper" / "index.py")
        assert spec is not None and spec.loader is not None
        index: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(index)
        self._handler = index.handler
        answer_client(index.image_builder, self.builder)
        helper = index.helper
        helper._events_client, helper._lambda_client = boto3.client("events"), boto3.client("lambda")
        for client in (helper._events_client, helper._lambda_client):
            answer_with(client, self.answer)

    def deliver(self, sent: Mapping[str, Any]) -> None:
        """Invoke the plain handler."""
        self.invocations += 1
        self._handler(json.loads(json.dumps(sent)), Context(self.function_timeout, self.clock))

    def answer(self, operation: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        """Answer what crhelper calls besides: permissions of the function; its rules have no description."""
        if operation in ("AddPermission", "RemovePermission"):
            self.others[operation] += 1
            return {}
        if operation == "PutRule":
            parameters = {"Description": "", **parameters}
        return super().answer(operation, parameters)
