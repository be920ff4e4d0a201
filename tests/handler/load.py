"""Many distributions that wait at once on one function."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cdk_image_distribution_handler.index import wait_resource
from local_aws.image_builder import Outcome

from .cloudformation import Context
from .world import WAIT, World

#: As many invocations run at once.
CONTAINERS = 16
_of_thread = threading.local()


class Waits:
    """Distributions that have started, and CloudFormation's requests to wait for them.

    Attributes:
        arns: The images.
        requests: The events, in the same order.
    """

    def __init__(self, world: World, number: int) -> None:
        self._world = world
        world.builder.script.default = Outcome(pending=1, distributing=30, integrating=1)
        self.arns = [
            world.operate(world.request("Create", LogicalResourceId=f"Image{place}"))["PhysicalResourceId"]
            for place in range(number)
        ]
        self.requests = [
            world.request(
                "Create",
                WAIT,
                LogicalResourceId=f"{place:0>200}",
                ResourceProperties={"ImageArn": arn, "Segment": "1", "Segments": "1", "Seconds": "3480"},
            )
            for place, arn in enumerate(self.arns)
        ]

    def begin(self) -> None:
        """Deliver all requests at once."""
        with ThreadPoolExecutor(CONTAINERS) as containers:
            list(containers.map(self._invoke, self.requests))

    def end(self) -> None:
        """Let time pass until no rule is left, delivering at once what happens at once."""
        world = self._world
        with ThreadPoolExecutor(CONTAINERS) as containers:
            while world.event_bridge.rules:
                world.now = min(due for due in world._due() if due > world.now)
                world.builder.advance()
                called, world._calls = world._calls, []
                list(containers.map(lambda sent: self._invoke(json.loads(sent)), called))

    def _invoke(self, sent: dict[str, Any]) -> None:
        """Invoke the function as Lambda does: each container has a state of its own."""
        if not hasattr(_of_thread, "resource"):
            _of_thread.resource = wait_resource()
        _of_thread.resource(json.loads(json.dumps(sent)), Context(self._world.function_timeout, self._world.clock))
