"""The Regions that exist, from what the installed aws-cdk-lib and botocore know.

A Region may be newer than both. So an unknown name is refused only if it cannot be a Region of a known area.
"""

from __future__ import annotations

import difflib
import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from aws_cdk.region_info import Fact

from ._literal import is_literal

#: The directions that AWS names Regions by, such as the west of eu-west-1.
_DIRECTIONS = (
    "central",
    "east",
    "north",
    "northeast",
    "northwest",
    "south",
    "southeast",
    "southwest",
    "west",
)
_REGION = re.compile(rf"(?P<area>[a-z]+(?:-[a-z]+)*)-(?:{'|'.join(_DIRECTIONS)})-[1-9][0-9]?")


def check_region(argument: str, value: str) -> None:
    """Raise ValueError unless `value` is a token, a Region, or may be a new Region of a known area."""
    if not is_new(value):
        return
    known = _of_cdk() | _of_botocore()
    match = _REGION.fullmatch(value)
    if match is not None and any(region.startswith(f"{match['area']}-") for region in known):
        return
    nearest = difflib.get_close_matches(value, sorted(known), n=1)
    remedy = f"Write {nearest[0]!r}, or upgrade" if nearest else "Write one such as 'eu-west-1', or upgrade"
    raise ValueError(
        f"{argument} must be a Region of AWS, got {value!r}. {remedy} botocore or aws-cdk-lib if the Region is new."
    )


def is_new(value: Any) -> bool:
    """Return whether a value is text that neither aws-cdk-lib nor botocore knows as a Region."""
    return is_literal(value) and value not in _of_botocore() and value not in _of_cdk()


def partition_of(region: Any) -> str | None:
    """Return the partition of a Region, None for a token or if botocore does not tell."""
    if not is_literal(region):
        return None
    found = (partition["id"] for partition in _partitions() if re.match(partition["regionRegex"], region))
    return next(found, None)


@cache
def _of_cdk() -> frozenset[str]:
    return frozenset(Fact.regions)


@cache
def _of_botocore() -> frozenset[str]:
    return frozenset(
        name for partition in _partitions() for name in partition["regions"] if not name.endswith("-global")
    )


@cache
def _partitions() -> list[Any]:
    # Read as data, since importing botocore takes longer than a synthesis of many distributions.
    found = importlib.util.find_spec("botocore")
    path = Path(found.submodule_search_locations[0]) if found and found.submodule_search_locations else Path()
    file = path / "data" / "partitions.json"
    return list(json.loads(file.read_text(encoding="utf-8"))["partitions"]) if file.is_file() else []
