"""How often functions are invoked, and AWS called, for a distribution of some length, on a simulated clock."""

from __future__ import annotations

import importlib.util
import json
import math
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import aws_cdk as cdk
import boto3
import crhelper.utils

from cdk_image_distribution import ImageDistribution
from cdk_image_distribution_handler.index import Handler
from local_aws.image_builder import Outcome
from simulated_aws import WAIT, SimulatedAccount, SimulatedAws, answer_with

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
        yield Figure("invocations", f"invocations, {name}", "", asked)
        without, _ = with_construct(seconds, minutes, sends_events=False)
        minutely = {**asked, OURS: without, PROVIDER: with_provider(seconds, every=60)[0]}
        yield Figure("invocations", f"invocations, {name}, polling every minute", "", minutely)
        made: dict[str, Value] = {OURS: calls, CRHELPER: plain_calls, PROVIDER: with_provider(seconds)[1]}
        yield Figure("invocations", f"AWS API calls, {name}", "", made)


def _outcome(seconds: float, sends_events: bool = True) -> Outcome:
    return Outcome(pending=5, distributing=seconds - 10, integrating=5, sends_events=sends_events)


def with_construct(seconds: float, minutes: int, sends_events: bool = True) -> tuple[Value, Value]:
    """Run the handler through all the custom resources that the construct makes for a wait of this length."""
    with SimulatedAccount(Handler) as account:
        account.builder.script.outcomes.append(_outcome(seconds, sends_events))
        image = account.operate(account.request("Create"))["PhysicalResourceId"]
        for properties in _waits(minutes):
            sent = account.request("Create", WAIT, ResourceProperties={**properties, "ImageArn": image})
            assert account.operate(sent)["Status"] == "SUCCESS"
        account.settle()
        return [account.invocations], [_calls(account)]


def _calls(account: SimulatedAccount) -> int:
    return sum(call.service != "answers" for call in account.services.calls)


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
    with SimulatedAccount(_Crhelper) as account, mock.patch.object(crhelper.utils, "HTTPSConnection") as connection:
        connection.side_effect = lambda host, context: _Connection(account.aws)
        account.answering["lambda"] = _Permissions()
        account.builder.script.outcomes.append(_outcome(seconds))
        sent = account.request("Create")
        account.deliver(sent)
        if account.run_until(lambda: account.answers.first(sent["RequestId"]) is not None, within=_HOUR):
            return [account.invocations], [_calls(account)]
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


class _Crhelper:
    """A container with crhelper as it comes."""

    def __init__(self, *, aws: SimulatedAws, clock: object) -> None:
        # A module of its own for each container.
        spec = importlib.util.spec_from_file_location("plain_crhelper", HANDLERS / "crhelper" / "index.py")
        assert spec is not None and spec.loader is not None
        index: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(index)
        self._handler = index.handler
        index.image_builder = aws.image_builder
        index.helper._events_client = aws.events
        index.helper._lambda_client = boto3.client("lambda")
        answer_with(
            index.helper._lambda_client, lambda operation, parameters: aws.call("lambda", operation, parameters)
        )

    def __call__(self, event: dict[str, Any], context: Any) -> None:
        """Answer one event."""
        self._handler(event, context)


class _Permissions:
    """Lambda, as far as crhelper calls it: permissions of the function for its rules."""

    def answer(self, operation: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        """Answer AddPermission and RemovePermission."""
        return {}


class _Connection:
    """Stands in for the http.client.HTTPSConnection with which crhelper answers CloudFormation."""

    def __init__(self, aws: SimulatedAws) -> None:
        self._aws = aws

    def request(self, *, method: str, url: str, body: str, headers: object) -> None:
        """PUT an answer."""
        self._aws.put_answer(url, body.encode())

    def getresponse(self) -> Any:
        """Return what crhelper logs."""
        return SimpleNamespace(reason="OK")
