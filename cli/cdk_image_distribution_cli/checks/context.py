"""What the checks look at: the distributions of one account and Region, with their configurations and source AMIs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .. import configuration
from ..assembly import Planned, PlannedStack
from ..aws import Aws, call_each
from ..configuration import RegionPlan
from ..errors import Unread
from ..template_values import Unresolved
from .sources import SourceAmi, read_sources


@dataclass
class Context:
    """One account and Region.

    Attributes:
        aws: AWS, in the Region of the stacks.
        stacks: All stacks of the assembly.
        distributions: The distributions of this account and Region.
    """

    aws: Aws
    stacks: Sequence[PlannedStack]
    distributions: Sequence[Planned]

    @cached_property
    def configurations(self) -> Mapping[str, tuple[RegionPlan, ...] | Unread]:
        """The configurations that exist already, by their ARNs, or why they could not be read."""
        arns = [
            item.configuration_arn
            for item in self.distributions
            if item.plan is None and not isinstance(item.configuration_arn, Unresolved)
        ]
        return call_each(lambda arn: configuration.read(self.aws, arn), arns)

    @cached_property
    def sources(self) -> Mapping[str, SourceAmi | Unread]:
        """The AMI of each source that is known, or why it is not."""
        known = [item.source for item in self.distributions if not isinstance(item.source, Unresolved)]
        return read_sources(self.aws, known)

    def plan(self, distribution: Planned) -> tuple[RegionPlan, ...]:
        """Return the Regions of a distribution, none if they are not known."""
        if distribution.plan is not None:
            return distribution.plan
        found = self.configurations.get(distribution.configuration_arn, ())
        return () if isinstance(found, Unread) else found

    @property
    def regions(self) -> Iterator[tuple[Planned, RegionPlan]]:
        """Each distribution with each of its Regions that is known."""
        for distribution in self.distributions:
            for region in self.plan(distribution):
                if region.region and not isinstance(region.region, Unresolved):
                    yield distribution, region

    def is_other(self, account: str) -> bool:
        """Return whether an account is another one than that of the stacks; empty is the same."""
        return account not in ("", self.aws.account)


def is_made(distribution: Planned, value: str) -> bool:
    """Return whether a value refers to a resource of the distribution's own stack."""
    return isinstance(value, Unresolved) and value.split(".")[0] in distribution.stack.template.get("Resources", {})


def is_shared(distribution: Planned, region: RegionPlan) -> bool:
    """Return whether the AMI of a Region is shared with, or copied to, another account."""
    return bool(region.shared_with) or any(account != distribution.account for account in region.accounts)
