"""Do the launch templates exist that get a new version?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..aws import call_each
from ..batches import batches
from ..errors import NotFound, Unread, reading
from ..template_values import Unresolved
from .context import Context, is_made
from .result import Result, Subject

# A page of DescribeLaunchTemplates has at most so many.
_BATCH = 200


def check(context: Context) -> Iterator[Result]:
    """Look at each launch template: one call for each Region and account if all exist."""
    wanted: dict[tuple[str, str], dict[str, None]] = {}
    for item, region in context.regions:
        for template in region.launch_templates:
            if isinstance(template.id, Unresolved):
                subject = Subject("launch template", f"{template.id} in {region.region}")
                if is_made(item, template.id):
                    yield subject.passes("The stack makes it.")
                else:
                    yield subject.unknown("Its id is known at deployment only.", "Check it by hand.")
            else:
                account = template.account or context.aws.account
                wanted.setdefault((region.region, account), {})[template.id] = None
    answers = call_each(lambda place: _missing(context, *place, list(wanted[place])), wanted)
    for (region_name, account), missing in answers.items():
        for id in wanted[region_name, account]:
            of_account = f" of {account}" if context.is_other(account) else ""
            subject = Subject("launch template", f"{id} in {region_name}{of_account}")
            if isinstance(missing, Unread):
                yield subject.unread(missing, "ec2:DescribeLaunchTemplates")
            elif id in missing:
                yield subject.fails("It does not exist.", "Make it, or leave it out of the configuration.")
            else:
                yield subject.passes("It exists.")


def _missing(context: Context, region: str, account: str, ids: Sequence[str]) -> set[str]:
    """Return those that do not exist. EC2 refuses a whole call for one that does not, so then each is asked for."""
    missing: set[str] = set()
    for some in batches(ids, _BATCH):
        try:
            with reading(f"Reading launch templates in {region}"):
                context.aws.ec2(region, account).describe_launch_templates(LaunchTemplateIds=some)
        except NotFound:
            if len(some) == 1:
                missing.update(some)
            else:
                missing.update(*(_missing(context, region, account, [id]) for id in some))
    return missing
