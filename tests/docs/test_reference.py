"""The tables of README.md list what the code has, with its defaults."""

from __future__ import annotations

import inspect
from enum import Enum

import pytest

import cdk_image_distribution
from cdk_image_distribution import (
    DistributionTargetRole,
    ImageDistribution,
    ImageDistributionProvider,
    LifecycleTargetRole,
    SourceImage,
)

from .pages import codes, page, pages, text


def default_of(parameter: inspect.Parameter) -> str:
    """Return how README.md spells a default."""
    default = parameter.default
    if default is inspect.Parameter.empty:
        return "required"
    return f"{type(default).__name__}.{default.name}" if isinstance(default, Enum) else repr(default)


def shown_of(parameter: inspect.Parameter) -> str:
    """Return how README.md spells a parameter."""
    if parameter.default is inspect.Parameter.empty:
        return str(parameter.replace(annotation=inspect.Parameter.empty))
    return f"{parameter.name}={default_of(parameter)}"


@pytest.mark.parametrize(
    ("name", "heading", "documented"),
    [
        ("README.md", "Arguments", ImageDistribution),
        ("README.md", "ImageDistributionProvider", ImageDistributionProvider),
        ("docs/cross-account.md", "DistributionTargetRole", DistributionTargetRole),
        ("docs/cross-account.md", "LifecycleTargetRole", LifecycleTargetRole),
    ],
)
def test_every_argument_is_in_the_table_with_its_default(name: str, heading: str, documented: type) -> None:
    """In the order of the signature; a new argument, another default or another order fails here."""
    parameters = list(inspect.signature(documented.__init__).parameters.values())  # type: ignore[misc]  # of a class
    keywords = [parameter for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY]
    listed = [
        (codes(argument)[0], (codes(default) or [text(default)])[0])
        for argument, default, _ in page(name).table(heading).rows
    ]
    assert listed == [(parameter.name, default_of(parameter)) for parameter in keywords]


@pytest.mark.parametrize(
    ("heading", "documented"), [("Attributes and methods", ImageDistribution), ("SourceImage", SourceImage)]
)
def test_every_public_member_is_in_the_table(heading: str, documented: type) -> None:
    """Properties and methods, without those of every construct; a new one fails here, and so does one that is gone."""
    # What a distribution asks a SourceImage for is between the two of them.
    internal = {"bind", "of", "parameter"} if documented is SourceImage else set()
    own = [kind for kind in documented.__mro__ if kind.__module__.startswith(cdk_image_distribution.__name__)]
    public = {name for kind in own for name in vars(kind) if not name.startswith("_")} - internal
    assert {codes(row[0])[0].partition("(")[0] for row in page("README.md").table(heading).rows} == public


def test_every_method_is_shown_with_its_arguments() -> None:
    """The parameters in the tables are those of the methods."""
    for heading, documented in (("Attributes and methods", ImageDistribution), ("SourceImage", SourceImage)):
        for row in page("README.md").table(heading).rows:
            name, _, shown = codes(row[0])[0].rstrip(")").partition("(")
            member = inspect.getattr_static(documented, name)
            if not isinstance(member, property):
                parameters = inspect.signature(getattr(documented, name)).parameters.values()
                assert shown == ", ".join(shown_of(it) for it in parameters if it.name != "self"), name


@pytest.mark.parametrize("name", cdk_image_distribution.__all__)
def test_every_public_name_is_documented(name: str) -> None:
    """Whoever finds a name in the package finds it in the documents too."""
    assert any(name in code for page in pages() for code in [*page.code, *(fence.code for fence in page.fences)])
