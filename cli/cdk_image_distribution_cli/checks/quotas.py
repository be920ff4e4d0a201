"""Do the quotas leave room for the AMIs and for the copies that run at the same time?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..aws import call_each
from ..errors import Unread, reading
from .context import Context
from .result import Result, Subject

# Service Quotas' code of "AMIs" of EC2, per Region.
_AMIS = "L-B665C33B"
# Concurrent AMI copies: EC2's into a Region, and Image Builder's default for a destination account and Region.
_EC2_COPIES = 300
_IMAGE_BUILDER_COPIES = 50


def check(context: Context) -> Iterator[Result]:
    """Look at each Region of the stacks' own account: the quota, and the AMIs that are there."""
    new: Counter[str] = Counter()
    for item, region in context.regions:
        new[region.region] += context.aws.account in item.accounts_of(region)
    used = call_each(lambda region: _used(context, region), new)
    quotas = call_each(lambda region: _quota(context, region), new)
    for region_name, count in new.items():
        in_use, quota = used[region_name], quotas[region_name]
        amis, copies = Subject("AMI quota", region_name), Subject("copy quota", region_name)
        if isinstance(in_use, Unread):
            yield amis.unread(in_use, "ec2:DescribeImages")
            continue
        there, pending = in_use
        if isinstance(quota, Unread):
            yield amis.unread(quota, "servicequotas:GetServiceQuota")
        elif there + count > quota:
            yield amis.fails(
                f"{there} AMIs and {count} new ones are more than {quota:.0f}.",
                "Deregister AMIs, or have the quota raised.",
            )
        else:
            yield amis.passes(f"{there} AMIs and {count} new ones, of {quota:.0f}.")
        running = pending + count
        if running > _EC2_COPIES:
            yield copies.fails(
                f"{running} concurrent copies are more than the {_EC2_COPIES} of EC2.", "Deploy in several stages."
            )
        elif running > _IMAGE_BUILDER_COPIES:
            yield copies.unknown(
                f"{running} concurrent copies are more than Image Builder's default of {_IMAGE_BUILDER_COPIES}.",
                "Have the quota raised, or deploy in several stages.",
            )
        else:
            yield copies.passes(f"{running} concurrent copies, of {_IMAGE_BUILDER_COPIES}.")


def _used(context: Context, region: str) -> tuple[int, int]:
    with reading(f"Counting the AMIs in {region}"):
        pages = (
            context.aws.ec2(region)
            .get_paginator("describe_images")
            .paginate(
                Owners=["self"], IncludeDisabled=True, IncludeDeprecated=True, PaginationConfig={"PageSize": 1000}
            )
        )
        states = [ami.get("State", "") for page in pages for ami in page["Images"]]
    return len(states), states.count("pending")


def _quota(context: Context, region: str) -> float:
    with reading(f"Reading the AMI quota in {region}"):
        answer = context.aws.quotas(region).get_service_quota(ServiceCode="ec2", QuotaCode=_AMIS)
    return answer["Quota"]["Value"]
