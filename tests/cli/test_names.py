"""The name of a distribution."""

from __future__ import annotations

import pytest

from cdk_image_distribution_cli.names import construct_name


@pytest.mark.parametrize(
    ("path", "stack_name", "name"),
    [
        ("Golden/Linux/Resource", "Golden", "Linux"),
        ("Golden/Linux/Resource/Default", "Golden", "Linux"),
        ("Golden/Team/Linux/Resource", "Golden", "Team/Linux"),
        ("Prod/Golden/Linux/Resource", "Prod-Golden", "Linux"),
        ("Golden/Nested/Linux/Resource", "Golden-NestedStack-1A2B", "Nested/Linux"),
        ("", "Golden", "Linux0A"),
    ],
)
def test_name_is_the_path_in_the_stack(path: str, stack_name: str, name: str) -> None:
    """Without the stage, the stack, and the ids inside of the construct."""
    resource = {"Metadata": {"aws:cdk:path": path}} if path else {}
    assert construct_name(resource, "Linux0A", stack_name) == name
