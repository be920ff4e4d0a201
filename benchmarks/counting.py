"""The World of the handler's tests, counting what is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.handler.cloudformation import Answers
from tests.handler.world import World


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
