"""Do the distribution configurations exist that the app names by their ARNs?"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import NotFound, Unread
from ..template_values import Unresolved
from .context import Context
from .result import Result, Subject


def check(context: Context) -> Iterator[Result]:
    """Look at each configuration that the app does not make."""
    for arn, found in context.configurations.items():
        subject = Subject("configuration", arn)
        region = (arn.split(":") + [""] * 4)[3]
        if region != context.aws.region:
            yield subject.fails(
                f"It is in {region or 'no Region'}, the stack in {context.aws.region}.",
                "Use a configuration of the stack's Region.",
            )
        elif isinstance(found, NotFound):
            yield subject.fails(str(found), "Name a configuration that exists.")
        elif isinstance(found, Unread):
            yield subject.unread(found, "imagebuilder:GetDistributionConfiguration")
        else:
            yield subject.passes(f"It has {len(found)} Regions.")
    for item in context.distributions:
        if item.plan is None and isinstance(item.configuration_arn, Unresolved):
            yield Subject("configuration", f"{item.stack.name} {item.name}").unknown(
                "Another stack makes it: its Regions were not checked.", "Check that stack's configuration by hand."
            )
