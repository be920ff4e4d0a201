"""A fault that the project once had: what puts it back, and what finds it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: The random lifecycle machine, the default for what finds a fault.
MACHINE = "tests/handler/test_lifecycle.py"


@dataclass(frozen=True)
class Patch:
    """A change of one file.

    Attributes:
        file: Its path in the project.
        old: A text that the file has exactly once.
        new: What takes its place.
    """

    file: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        """Change the file in a copy of the project.

        Raises:
            ValueError: The old text is not there exactly once.
        """
        path = root / self.file
        text = path.read_text()
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} must have the old text once, got {text.count(self.old)}: {self.old!r}")
        path.write_text(text.replace(self.old, self.new))


@dataclass(frozen=True)
class Fault:
    """A fault that can be put back.

    Attributes:
        name: Its number in the list of faults, with a letter if it has several forms.
        what: What is wrong.
        patches: What puts it back.
        found_by: The test that finds it.
    """

    name: str
    what: str
    patches: tuple[Patch, ...]
    found_by: str = MACHINE
