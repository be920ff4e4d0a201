"""What the last `make bench` measured, and where: kept beside the code, so that every document shows the same."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from .figures import Figure

FILE = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Results:
    """All figures of one run.

    Attributes:
        environment: Of the machine and the packages, what the figures depend on.
        figures: In the order of measuring.
    """

    environment: dict[str, str]
    figures: tuple[Figure, ...]

    def figure(self, what: str) -> Figure:
        """Return a figure by its name."""
        (found,) = [figure for figure in self.figures if figure.what == what]
        return found


def environment() -> dict[str, str]:
    """Return what the figures depend on."""
    cli = subprocess.run(["cdk", "--version"], check=True, capture_output=True, text=True).stdout
    return {
        "cores": str(os.cpu_count()),
        "Python": platform.python_version(),
        "aws-cdk-lib": version("aws-cdk-lib"),
        "CDK CLI": cli.split()[0],
        "boto3": version("boto3"),
        "crhelper": version("crhelper"),
    }


def save(where: dict[str, str], figures: Iterable[Figure]) -> None:
    """Write the results file anew."""
    content = {"environment": where, "figures": [_rounded(asdict(figure)) for figure in figures]}
    FILE.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def load() -> Results:
    """Read the results file."""
    content = json.loads(FILE.read_text())
    return Results(content["environment"], tuple(Figure(**figure) for figure in content["figures"]))


def _rounded(figure: dict[str, object]) -> dict[str, object]:
    values = figure["values"]
    assert isinstance(values, dict)
    return {**figure, "values": {way: _digits(value) for way, value in values.items()}}


def _digits(value: object) -> object:
    return (
        [float(f"{sample:.4g}") if sample % 1 else round(sample) for sample in value]
        if isinstance(value, list)
        else value
    )
