"""`list`: every image that the construct started in the account and Region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import image, ownership_tags
from .aws import call_each
from .errors import NotFound, Unread, reading
from .image import ListedAmi
from .stack import StackReader

if TYPE_CHECKING:
    from .aws import Aws

# CloudFormation lists these for a stack that does not have the resource any more.
_LEFT = ("DELETE_COMPLETE", "DELETE_SKIPPED")


@dataclass(frozen=True)
class StartedImage:
    """An image that the construct started.

    Attributes:
        arn: Its ARN.
        stack_id: ARN of the stack that started it, which may be gone.
        logical_id: The distribution there.
        status: Its status, empty if it could not be read.
        created: When it was started, seconds since the epoch, 0 if that is not known.
        amis: Its AMIs.
        held: Whether a stack has it, None if that could not be read.
        problem: What could not be read.
    """

    arn: str
    stack_id: str
    logical_id: str
    status: str
    created: float
    amis: tuple[ListedAmi, ...]
    held: bool | None
    problem: str

    @property
    def stack_name(self) -> str:
        """Name of the stack that started it."""
        return self.stack_id.split("/")[1] if "/" in self.stack_id else self.stack_id


def started_images(aws: Aws) -> list[StartedImage]:
    """Return the images, the newest first: a call for every hundred, one for each image, one or more for each stack.

    Raises:
        Unread: The tags could not be read.
    """
    tags_of = _tagged(aws)
    stack_ids = {tags.get(ownership_tags.STACK_ID, "") for tags in tags_of.values()}
    held = call_each(lambda stack_id: _held_by(aws, stack_id), sorted(stack_ids))
    found = []
    for arn, answer in image.read_all(aws, tags_of).items():
        # The tagging API lists deleted images for a while.
        if answer is None:
            continue
        tags = tags_of[arn]
        stack_id = tags.get(ownership_tags.STACK_ID, "")
        of_stack = held[stack_id]
        unread = [str(problem) for problem in (answer, of_stack) if isinstance(problem, Unread)]
        known = None if isinstance(answer, Unread) else answer
        found.append(
            StartedImage(
                arn=arn,
                stack_id=stack_id,
                logical_id=tags.get(ownership_tags.LOGICAL_ID, ""),
                status=known.status if known else "",
                created=known.created if known else 0.0,
                amis=known.amis if known else (),
                held=None if isinstance(of_stack, Unread) else arn in of_stack,
                problem="; ".join(unread),
            )
        )
    return sorted(found, key=lambda item: (-item.created, item.arn))


def _tagged(aws: Aws) -> Mapping[str, Mapping[str, str]]:
    with reading("Finding images by their tags"):
        pages = aws.tagging.get_paginator("get_resources").paginate(
            ResourceTypeFilters=["imagebuilder:image"], TagFilters=[{"Key": ownership_tags.STACK_ID}]
        )
        return {
            resource["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}
            for page in pages
            for resource in page["ResourceTagMappingList"]
        }


def _held_by(aws: Aws, stack_id: str) -> frozenset[str]:
    try:
        resources = StackReader(aws).resources(stack_id)
    except NotFound:
        return frozenset()
    return frozenset(item.physical_id for item in resources.values() if item.status not in _LEFT)
