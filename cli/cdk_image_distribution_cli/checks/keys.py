"""Do the KMS keys exist, are they enabled, and are they in the Regions that use them?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..aws import call_each
from ..errors import NotFound, Unread, reading
from ..template_values import Unresolved
from .context import Context, is_made
from .result import Result, Subject


def check(context: Context) -> Iterator[Result]:
    """Look at each key: one call for each key and Region."""
    wanted: dict[tuple[str, str], None] = {}
    for item, region in context.regions:
        key = region.kms_key
        subject = Subject("KMS key", f"{key} in {region.region}")
        if isinstance(key, Unresolved):
            if is_made(item, key):
                yield subject.passes("The stack makes it.")
            else:
                yield subject.unknown("Its id is known at deployment only.", "Check it by hand.")
        elif key:
            wanted[region.region, key] = None
    for (region_name, key), found in call_each(lambda pair: _read(context, *pair), wanted).items():
        yield _judge(Subject("KMS key", f"{key} in {region_name}"), region_name, key, found)


def _read(context: Context, region: str, key: str) -> Any:
    with reading(f"Reading {key} in {region}"):
        return context.aws.kms(region).describe_key(KeyId=key)["KeyMetadata"]


def _judge(subject: Subject, region: str, key: str, found: Any) -> Result:
    if key.startswith("arn:") and key.split(":")[3] != region:
        return subject.fails(f"It is in {key.split(':')[3]}.", f"Name a key of {region}.")
    if isinstance(found, NotFound):
        return subject.fails(str(found), "Name a key that exists in this Region.")
    if isinstance(found, Unread):
        return subject.unread(found, "kms:DescribeKey in the key's policy")
    if found["KeyState"] != "Enabled":
        return subject.fails(f"It is {found['KeyState']}.", "Enable it, or name another key.")
    if found.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        return subject.fails(f"It is of the kind {found['KeySpec']}.", "EBS takes symmetric keys only.")
    return subject.passes("It is enabled.")
