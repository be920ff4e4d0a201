"""`retry`: run the failed distributions of a stack again, each in place, with what it has copied."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import image
from .errors import Unread, UsageError, reading
from .stack import Member, StackReader

if TYPE_CHECKING:
    from .aws import Aws

# Image Builder API reference, RetryImage.
_RETRIED = ("FAILED", "CANCELLED")


@dataclass(frozen=True)
class Retry:
    """What became of a distribution.

    Attributes:
        name: The distribution's path in the stack, or its logical id.
        image_arn: ARN of its image, empty if it has none.
        status: The image's status before.
        retried: Whether Image Builder runs it again.
        problem: Why not, for one that failed.
        unread: Whether the image could not be read.
    """

    name: str
    image_arn: str
    status: str
    retried: bool = False
    problem: str = ""
    unread: bool = False


def retry(aws: Aws, stack_name: str, names: Collection[str] = ()) -> list[Retry]:
    """Retry the images of a stack that failed or were cancelled, and return what became of each distribution.

    Args:
        aws: AWS.
        stack_name: Name or ARN of the stack.
        names: Names or logical ids of the distributions to retry, all if there are none.

    Raises:
        Unread: CloudFormation did not answer, or there is no such stack.
        UsageError: The stack has no distribution of a name.
    """
    reader = StackReader(aws)
    stack = reader.stack(stack_name)
    if stack is None or not stack.exists:
        raise Unread(f"The stack {stack_name} does not exist in {aws.region}.")
    members = reader.members(stack)
    missing = [name for name in names if not any(name in (item.name, item.logical_id) for item in members)]
    if missing:
        known = ", ".join(item.name for item in members) or "none"
        raise UsageError(f"{stack_name} has no distribution {', '.join(missing)}. It has {known}.")
    chosen = [item for item in members if not names or item.name in names or item.logical_id in names]
    images = image.read_all(aws, (item.image_arn for item in chosen if item.image_arn))
    return [_retry(aws, member, images.get(member.image_arn)) for member in chosen]


def _retry(aws: Aws, member: Member, found: image.Image | Unread | None) -> Retry:
    if isinstance(found, Unread):
        return Retry(member.name, member.image_arn, "", problem=str(found), unread=True)
    if found is None:
        return Retry(member.name, member.image_arn, "no image")
    if found.status not in _RETRIED:
        return Retry(member.name, found.arn, found.status)
    try:
        with reading("Retrying"):
            aws.image_builder.retry_image(imageBuildVersionArn=found.arn, clientToken=str(uuid.uuid4()))
    except Unread as error:
        return Retry(member.name, found.arn, found.status, problem=str(error))
    return Retry(member.name, found.arn, found.status, retried=True)
