"""A World of a test's or a measurement's own, in which nothing sleeps and nothing is sent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar
from unittest import mock

import crhelper.utils

from cdk_image_distribution_handler import custom_resource, deleting, starting

from .cloudformation import Answers
from .world import World

W = TypeVar("W", bound=World)


@contextmanager
def answers_taken() -> Iterator[Answers]:
    """What the handler answers CloudFormation, instead of sending it."""
    taken = Answers()
    with mock.patch.object(crhelper.utils, "HTTPSConnection", taken.connection):
        yield taken


@contextmanager
def simulated(kind: type[W], answers: Answers) -> Iterator[W]:
    """A World, whose clock is the handler's."""
    world = kind(answers)
    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(custom_resource, "clock", world.clock))
        for module in (custom_resource, starting, deleting, time):
            patches.enter_context(mock.patch.object(module, "sleep", world.sleep))
        yield world
