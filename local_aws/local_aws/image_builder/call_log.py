"""The record of every call that reached Image Builder, for tests to assert on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Call:
    """One call.

    Attributes:
        outcome: `ok`, the code of the error that was answered, or `lost` when no answer was.
        time: When it arrived, in the clock of the stand-in.
    """

    operation: str
    region: str
    parameters: Mapping[str, Any]
    outcome: str
    time: float

    def to_json(self) -> dict[str, Any]:
        """This call as JSON's types."""
        return asdict(self)
