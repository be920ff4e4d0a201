"""Parts of what a round of reading finds."""

from __future__ import annotations

from cdk_image_distribution_cli.observer import Observer
from cdk_image_distribution_cli.progress import Copy, Distribution, Target

from .fake_aws import ACCOUNT


def only(observer: Observer) -> Distribution:
    """Observe, and return the stack's one distribution."""
    (found,) = observer.observe().distributions
    return found


def copy_in(distribution: Distribution, region: str, account: str = ACCOUNT) -> Copy:
    """Return the copy of a Region and account."""
    (found,) = (copy for copy in distribution.copies if copy.target == Target(region, account))
    return found
