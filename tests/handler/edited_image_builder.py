"""Image Builder with answers that a test changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulated_aws import SimulatedAccount

Edit = Callable[[str, dict[str, Any], Any], Mapping[str, Any]]


class EditedImageBuilder:
    """Image Builder with other answers: `edit` gets the operation, its parameters and a function that answers."""

    def __init__(self, account: SimulatedAccount, edit: Edit) -> None:
        self._service = account.answering["imagebuilder"]
        self._edit = edit
        account.answering["imagebuilder"] = self

    def answer(self, operation: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        """Answer one call."""
        return self._edit(operation, parameters, lambda: self._service.answer(operation, parameters))
