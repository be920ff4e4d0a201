"""Events that the function puts: a queue in another stack gets them, whatever becomes of the distribution."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs

from local_aws import Fault, Outcome, RegionFailure

from .deployment import Deployment
from .stacks import golden
from .test_waiting import shorten

DEPLOY = ("--require-approval", "never", "--exclusively")


class Alarms:
    """A stack with a queue for the events of one distribution, deployed before it."""

    def __init__(self, deployment: Deployment, **arguments: Any) -> None:
        self._deployment = deployment
        self._arguments = arguments
        self._assembly = self._synthesise()
        self._cdk("deploy", f"{deployment.name}Alarms", *DEPLOY)

    def deploy_distribution(self) -> str:
        """Deploy the distribution's stack, which fails or not, and return what the CLI printed."""
        return self._cdk("deploy", self._deployment.name, *DEPLOY, check=False)

    def received(self) -> list[dict[str, Any]]:
        """Return the events that the queue has got, in the order of their arrival."""
        client = self._deployment.aws.client("sqs")
        url = client.get_queue_url(QueueName=self._deployment.name)["QueueUrl"]
        found = []
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                found.append(json.loads(message["Body"]))
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def destroy(self) -> None:
        """Delete the stack with the queue."""
        self._cdk("destroy", f"{self._deployment.name}Alarms", "--force")

    def _synthesise(self) -> Path:
        def declare(stack: cdk.Stack) -> None:
            distribution = golden(self._deployment.source_ami, **self._arguments)(stack)
            shorten(stack, "Wait")
            alarms = cdk.Stack(
                cdk.App.of(stack),
                f"{self._deployment.name}Alarms",
                env=cdk.Environment(account=stack.account, region=stack.region),
            )
            queue = sqs.Queue(alarms, "Queue", queue_name=self._deployment.name)
            distribution.on_progress("Progress", target=targets.SqsQueue(queue), cross_stack_scope=alarms)  # type: ignore[attr-defined]

        return self._deployment.synthesise(declare)

    def _cdk(self, *arguments: str, check: bool = True) -> str:
        run = self._deployment.aws.cdk(*arguments, app=str(self._assembly), cwd=self._deployment.folder, check=check)
        return run.stdout


def kinds(events: list[dict[str, Any]]) -> list[str]:
    """Return the detail types, each once, without what they have in common."""
    return list(dict.fromkeys(event["detail-type"].removeprefix("Image Distribution ") for event in events))


def test_timed_out_create_is_told_to_another_stack(deployment: Deployment) -> None:
    """And its cancellation, though the rollback has deleted everything of its own stack by then."""
    alarms = Alarms(deployment)
    deployment.script(outcomes=[Outcome(hang="DISTRIBUTING")])
    assert "Still DISTRIBUTING" in alarms.deploy_distribution()
    assert deployment.status() == "ROLLBACK_COMPLETE"
    events = alarms.received()
    assert kinds(events) == ["Started", "Timed Out", "Cancelled"]
    timeout = events[1]
    assert timeout["source"] == "cdk-image-distribution"
    assert timeout["detail"]["remedy"].startswith("Raise timeout=")
    assert timeout["resources"] == [timeout["detail"]["image-arn"]]
    assert {event["detail"]["logical-resource-id"] for event in events} == {"Distribution830FAC52"}
    alarms.destroy()
    assert (deployment.images, deployment.rules) == ([], [])


def test_refused_start_is_told_to_another_stack(deployment: Deployment) -> None:
    """There is no image; the event has the reason that the stack event shows."""
    alarms = Alarms(deployment)
    deployment.script(faults=[Fault("DistributeImage", "InvalidRequestException", "No such source.", times=None)])
    alarms.deploy_distribution()
    assert deployment.status() == "ROLLBACK_COMPLETE"
    events = alarms.received()
    assert kinds(events) == ["Refused"]
    assert any(events[0]["detail"]["reason"] in reason for reason in deployment.events)
    alarms.destroy()


def test_retried_distribution_becomes_available_in_place(deployment: Deployment) -> None:
    """One DistributeImage, one RetryImage, and the events of a distribution that succeeded."""
    alarms = Alarms(deployment, retries=1)
    failure = RegionFailure("us-east-1", "InternalError: try again.")
    deployment.script(outcomes=[Outcome(failures=(failure,))])
    alarms.deploy_distribution()
    assert deployment.status() == "CREATE_COMPLETE"
    assert (len(deployment.calls("DistributeImage")), len(deployment.calls("RetryImage"))) == (1, 1)
    events = alarms.received()
    assert kinds(events) == ["Started", "Available"]
    assert sorted(ami["region"] for ami in events[-1]["detail"]["amis"]) == ["eu-west-1", "us-east-1"]
    deployment.destroy()
    alarms.destroy()
    assert deployment.leftovers == {}
