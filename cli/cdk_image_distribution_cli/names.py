"""The name of a distribution for users: its path of construct ids in the stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Ids that the construct gives to what is in it.
_INNER = ("Default", "Resource")


def construct_name(resource: Mapping[str, Any], logical_id: str, stack_name: str) -> str:
    """Return the path of a distribution in its stack, or its logical id if the template has no paths.

    Args:
        resource: Its resource in the template.
        logical_id: Its logical id.
        stack_name: The stack's name: in a stage the ids of the stage and the stack with a hyphen between.
    """
    parts = resource.get("Metadata", {}).get("aws:cdk:path", "").split("/")
    while parts and parts[-1] in _INNER:
        parts.pop()
    outer = next((count for count in range(1, len(parts)) if "-".join(parts[:count]) == stack_name), 1)
    return "/".join(parts[outer:]) or logical_id
