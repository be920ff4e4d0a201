"""The handler in an AWS in memory, on a clock that is moved: the World of its tests, counting."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar
from unittest import mock

import crhelper.utils

from cdk_image_distribution_handler import custom_resource, deleting, starting
from tests.handler.cloudformation import Answers
from tests.handler.world import World

W = TypeVar("W", bound=World)


class CountingWorld(World):
    """A World that counts the calls of all services."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self.others: Counter[str] = Counter()
        self._before = len(self.builder.calls)

    @property
    def called(self) -> int:
        """How many calls there were since it was made."""
        return len(self.builder.calls) - self._before + self.others.total()

    def answer(self, operation: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        """Count a call of another service, and answer it."""
        self.others[operation] += 1
        return super().answer(operation, parameters)


@contextmanager
def simulated(kind: type[W]) -> Iterator[W]:
    """A World in which nothing sleeps and nothing is sent."""
    answers = Answers()
    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(crhelper.utils, "HTTPSConnection", answers.connection))
        world = kind(answers)
        patches.enter_context(mock.patch.object(custom_resource, "clock", world.clock))
        for module in (custom_resource, starting, deleting, time):
            patches.enter_context(mock.patch.object(module, "sleep", world.sleep))
        yield world
