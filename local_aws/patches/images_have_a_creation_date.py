"""EC2 leaves out when an AMI was made, though it keeps it; what tells a source from its copies needs it."""

import re
from collections.abc import Callable
from typing import Any

from ministack.services import ec2

from local_aws.patching import existing

_OPERATION = "DescribeImages"
_IMAGE_ID = re.compile(r"<imageId>(ami-[0-9a-f]+)</imageId>")


def install() -> None:
    """Add `creationDate` to each AMI that DescribeImages answers."""
    actions: dict[str, Callable[[Any], Any]] = existing(ec2, "_ACTION_MAP")
    original = actions[_OPERATION]

    def describe_images(parameters: Any) -> Any:
        status, headers, body = original(parameters)
        document = body.decode() if isinstance(body, bytes) else body
        dated = _IMAGE_ID.sub(_with_date, document)
        return status, headers, dated.encode() if isinstance(body, bytes) else dated

    actions[_OPERATION] = describe_images


def _with_date(match: re.Match[str]) -> str:
    made = (ec2._images.get(match[1]) or {}).get("CreationDate", "")
    return match[0] + (f"<creationDate>{made}</creationDate>" if made else "")
