"""Can Image Builder write the AMI ids to the SSM parameters?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..aws import call_each
from ..batches import batches
from ..errors import Unread, reading
from ..template_values import Unresolved
from .context import Context, is_made
from .result import Result, Subject

# Values of a filter of DescribeParameters.
_BATCH = 50


def check(context: Context) -> Iterator[Result]:
    """Look at each parameter that gets an AMI's id: one call for fifty in a Region and account."""
    wanted: dict[tuple[str, str], dict[str, None]] = {}
    for item, region in context.regions:
        for parameter in region.parameters:
            if isinstance(parameter.name, Unresolved):
                subject = Subject("parameter", f"{parameter.name} in {region.region}")
                if is_made(item, parameter.name):
                    yield subject.passes("The stack makes it.")
                else:
                    yield subject.unknown("Its name is known at deployment only.", "Check it by hand.")
            else:
                account = parameter.account or context.aws.account
                wanted.setdefault((region.region, account), {})[parameter.name] = None
    answers = call_each(lambda place: _types(context, *place, list(wanted[place])), wanted)
    for (region_name, account), types in answers.items():
        for name in wanted[region_name, account]:
            of_account = f" of {account}" if context.is_other(account) else ""
            subject = Subject("parameter", f"{name} in {region_name}{of_account}")
            if isinstance(types, Unread):
                yield subject.unread(types, "ssm:DescribeParameters")
            elif name not in types:
                yield subject.passes("Image Builder makes it.")
            elif types[name] != "String":
                yield subject.fails(f"It is a {types[name]}.", "Name a parameter of type String, or delete this one.")
            else:
                yield subject.passes("It is a String.")


def _types(context: Context, region: str, account: str, names: Sequence[str]) -> dict[str, str]:
    types: dict[str, str] = {}
    for some in batches(names, _BATCH):
        with reading(f"Reading parameters in {region}"):
            pages = (
                context.aws.ssm(region, account)
                .get_paginator("describe_parameters")
                .paginate(ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": some}])
            )
            types |= {item["Name"]: item["Type"] for page in pages for item in page["Parameters"] if "Name" in item}
    return types
