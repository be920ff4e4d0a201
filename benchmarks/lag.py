"""From the image being AVAILABLE to CloudFormation having the answer, on the local AWS with real minutes.

The image is AVAILABLE at a time that its script fixes; CloudFormation has the answer at the time of the custom
resource's CREATE_COMPLETE. Whoever asks by a schedule is as late as the minute is from its end, so that the AMIs get
ready early, midway and late in the minute.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from unittest import mock

import aws_cdk as cdk
from aws_cdk import aws_imagebuilder as imagebuilder

from local_aws import LocalAws, Outcome

from .figures import AWS_CUSTOM_RESOURCE, CRHELPER, OURS, PROVIDER, Figure, Value
from .ways import DECLARATIONS

#: Seconds until the image is AVAILABLE.
AFTER = (10.0, 30.0, 50.0)
_WAIT_RESOURCES = ("Custom::", "AWS::CloudFormation::CustomResource")


def figures() -> Iterator[Figure]:
    """Deploy each way for each time; those that ask do so at once, ours with its event delivered alone."""
    with _node_runtime(), tempfile.TemporaryDirectory() as folder, LocalAws() as aws:
        aws.bootstrap()
        runs = _Runs(aws, Path(folder), aws.register_source_ami())
        asking = runs.asking((OURS, CRHELPER, PROVIDER))
        told = [runs.told(OURS, after) for after in AFTER]
    lost: dict[str, Value] = {**asking, AWS_CUSTOM_RESOURCE: "does not wait"}
    yield Figure("lag", "delay after AVAILABLE", "s", {**lost, OURS: told})
    yield Figure("lag", "delay after AVAILABLE, event lost", "s", lost)


@contextmanager
def _node_runtime() -> Iterator[None]:
    """Give ministack's functions, which inherit the environment, the SDK that is part of Lambda's Node.js."""
    source = Path(__file__).parent / "node_runtime"
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(source, folder, dirs_exist_ok=True)
        subprocess.run(["npm", "ci", "--silent"], cwd=folder, check=True, capture_output=True)
        with mock.patch.dict(os.environ, NODE_PATH=str(Path(folder) / "node_modules")):
            yield


def _outcome(after: float, *, sends_events: bool) -> Outcome:
    return Outcome(pending=0.5, distributing=after - 1, integrating=0.5, sends_events=sends_events)


class _Runs:
    """Deployments on one local AWS, each of a stack of its own."""

    def __init__(self, aws: LocalAws, folder: Path, source: str) -> None:
        self._aws = aws
        self._folder = folder
        self._source = source
        self._stacks = 0

    def asking(self, ways: tuple[str, ...]) -> dict[str, list[float]]:
        """Return the lags of ways that get no event; while one waits, the others are deployed."""
        found: dict[str, list[Future[float]]] = {way: [] for way in ways}
        with ThreadPoolExecutor(len(ways) * len(AFTER)) as deployments:
            for after in AFTER:
                for way in ways:
                    outcome = _outcome(after, sends_events=False)
                    self._aws.script(outcomes=[outcome])
                    started = len(self._aws.calls("DistributeImage"))
                    future = deployments.submit(self._lag, way, outcome)
                    found[way].append(future)
                    while not future.done() and len(self._aws.calls("DistributeImage")) == started:
                        time.sleep(0.2)
        return {way: [future.result() for future in futures] for way, futures in found.items()}

    def told(self, way: str, after: float) -> float:
        """Return the lag of a way that gets the event; nothing else is deployed meanwhile."""
        outcome = _outcome(after, sends_events=True)
        self._aws.script(outcomes=[outcome])
        return self._lag(way, outcome)

    def _lag(self, way: str, outcome: Outcome) -> float:
        """Deploy a stack and return the seconds from AVAILABLE to the answer."""
        self._stacks += 1
        name = f"Lag{self._stacks}"
        self._deploy(way, name)
        cloudformation = self._aws.client("cloudformation")
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        (arn,) = [output["OutputValue"] for output in stack["Outputs"]]
        image = self._aws.client("imagebuilder").get_image(imageBuildVersionArn=arn)["image"]
        created = datetime.fromisoformat(image["dateCreated"].replace("Z", "+00:00")).timestamp()
        answered = max(
            event["Timestamp"].timestamp()
            for event in cloudformation.describe_stack_events(StackName=name)["StackEvents"]
            if event["ResourceType"].startswith(_WAIT_RESOURCES) and event["ResourceStatus"] == "CREATE_COMPLETE"
        )
        return float(answered - created - outcome.pending - outcome.distributing - outcome.integrating)

    def _deploy(self, way: str, name: str) -> None:
        folder = self._folder / name
        app = cdk.App(outdir=str(folder), analytics_reporting=False)
        stack = cdk.Stack(app, name, env=cdk.Environment(account=self._aws.account, region=self._aws.region))
        configuration = imagebuilder.CfnDistributionConfiguration(
            stack, "Configuration", name=name.lower(), distributions=[{"region": self._aws.region}]
        )
        DECLARATIONS[way](stack, 1, self._source, configuration.attr_arn)
        app.synth()
        self._aws.cdk("deploy", "--require-approval", "never", app=str(folder), cwd=folder)
