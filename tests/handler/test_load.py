"""A hundred distributions wait at once on one function."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cdk_image_distribution_handler.index import wait_resource
from local_aws.image_builder import Outcome

from .cloudformation import Context
from .world import WAIT, World

WAITS = 100
_of_thread = threading.local()


def invoke(world: World, sent: dict[str, Any]) -> None:
    """Invoke the function as Lambda does: each container has a state of its own."""
    if not hasattr(_of_thread, "resource"):
        _of_thread.resource = wait_resource()
    _of_thread.resource(json.loads(json.dumps(sent)), Context(world.function_timeout, world.clock))


def test_a_hundred_waits_at_once(world: World) -> None:
    """Each is answered once with its own image; rules do not clash, and none is left.

    Of GetImage each wait needs one look before its rule, one after it, and one for each of its three state changes.
    """
    world.builder.script.default = Outcome(pending=1, distributing=30, integrating=1)
    arns = [
        world.operate(world.request("Create", LogicalResourceId=f"Image{number}"))["PhysicalResourceId"]
        for number in range(WAITS)
    ]
    waits = [
        world.request(
            "Create",
            WAIT,
            LogicalResourceId=f"{number:0>200}",
            ResourceProperties={"ImageArn": arn, "Segment": "1", "Segments": "1", "Seconds": "3480"},
        )
        for number, arn in enumerate(arns)
    ]
    looks_before = len(world.calls("GetImage"))
    with ThreadPoolExecutor(16) as containers:
        list(containers.map(lambda sent: invoke(world, sent), waits))
        assert len(world.event_bridge.rules) == WAITS
        while world.event_bridge.rules:
            world.now = min(due for due in world._due() if due > world.now)
            world.builder.advance()
            called, world._calls = world._calls, []
            list(containers.map(lambda sent: invoke(world, json.loads(sent)), called))
    for sent, arn in zip(waits, arns, strict=True):
        (answer,) = world.answers_to(sent)
        assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"ImageArn": arn})
    assert len(set(world.event_bridge.made)) == WAITS
    assert world.event_bridge.rules == {}
    assert len(world.calls("GetImage")) - looks_before == 5 * WAITS
