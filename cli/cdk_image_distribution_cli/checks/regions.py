"""Are the Regions enabled, in every account?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..aws import call_each
from ..errors import Unread, reading
from .context import Context
from .result import Result, Subject

_NOT_ENABLED = "not-opted-in"
_ALWAYS = "opt-in-not-required"


def check(context: Context) -> Iterator[Result]:
    """Look at the Regions of each account: one call for each account."""
    accounts_of: dict[str, dict[str, None]] = {}
    for item, plan in context.regions:
        accounts_of.setdefault(plan.region, {}).update(dict.fromkeys(item.accounts_of(plan)))
    home = context.aws.account
    own = call_each(lambda account: _statuses(context, account), [home])[home]
    # What is always enabled needs no other account's answer.
    always = {name for name, status in own.items() if status == _ALWAYS} if isinstance(own, Mapping) else set()
    asked = [accounts for region, accounts in accounts_of.items() if region not in always]
    others = {account for accounts in asked for account in accounts if context.is_other(account)}
    statuses = call_each(lambda account: _statuses(context, account), sorted(others))
    for region, accounts in accounts_of.items():
        for account in accounts:
            name = f"{region} of {account}" if context.is_other(account) else region
            known = own if region in always else statuses.get(account, own)
            yield _judge(Subject("Region", name), region, known)


def _judge(subject: Subject, region: str, statuses: Mapping[str, str] | Unread) -> Result:
    if isinstance(statuses, Unread):
        return subject.unread(statuses, "ec2:DescribeRegions")
    if region not in statuses:
        return subject.fails("There is no such Region in this partition.", "Correct the configuration.")
    if statuses[region] == _NOT_ENABLED:
        return subject.fails("It is not enabled.", "Enable the Region for the account, or leave it out.")
    return subject.passes("It is enabled.")


def _statuses(context: Context, account: str) -> dict[str, str]:
    with reading(f"Reading the Regions of {account}"):
        answer = context.aws.ec2(context.aws.region, account).describe_regions(AllRegions=True)
    return {item["RegionName"]: item.get("OptInStatus", "") for item in answer["Regions"] if "RegionName" in item}
