"""The output of `list`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from .durations import duration
from .image import ListedAmi
from .images import StartedImage
from .json_output import iso


def table(images: Sequence[StartedImage], now: float) -> Table:
    """Return the images as a table."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("Stack", "Distribution", "State", "Age", "Held", "AMIs"):
        made.add_column(heading, overflow="fold")
    for item in images:
        amis = "\n".join(_ami(item, ami) for ami in item.amis)
        held = Text(_held(item), "" if item.held else "yellow")
        made.add_row(
            Text(item.stack_name), Text(item.logical_id), Text(item.status or "unknown"), _age(item, now), held, amis
        )
    return made


def lines(images: Sequence[StartedImage], now: float) -> Iterator[str]:
    """Yield a line for each image, or one that says that there is none."""
    if not images:
        yield "The construct started no image in this account and Region."
    for item in images:
        amis = ", ".join(_ami(item, ami) for ami in item.amis) or "no AMIs"
        problem = f" ({item.problem})" if item.problem else ""
        state = f"{item.status or 'unknown'}, {_age(item, now)}, {_held(item)}"
        yield f"{item.stack_name} {item.logical_id} {item.arn} {state}: {amis}{problem}"


def report(images: Sequence[StartedImage]) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        "images": [
            {
                "imageArn": item.arn,
                "stackId": item.stack_id,
                "stack": item.stack_name,
                "logicalId": item.logical_id,
                "imageStatus": item.status or None,
                "started": iso(item.created),
                "held": item.held,
                "amis": [{"region": ami.region, "account": ami.account, "amiId": ami.id} for ami in item.amis],
                "problem": item.problem or None,
            }
            for item in images
        ]
    }


def _age(item: StartedImage, now: float) -> str:
    return duration(now - item.created) if item.created else "age unknown"


def _held(item: StartedImage) -> str:
    return {True: "held by its stack", False: "held by no stack", None: "holder unknown"}[item.held]


def _ami(item: StartedImage, ami: ListedAmi) -> str:
    place = ami.region if ami.account == item.arn.split(":")[4] else f"{ami.region}/{ami.account}"
    return f"{place} {ami.id}"
