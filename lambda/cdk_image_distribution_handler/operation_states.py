"""What each operation keeps between its calls. Types alone: the Lambda does not have this file."""

from __future__ import annotations

from typing import TypedDict


class Doubt(TypedDict):
    """A reason to ask CloudFormation again, and since when there is this reason, seconds since the epoch."""

    reason: str
    since: float


class CreateState(TypedDict, total=False):
    """What a Create keeps: why it did not start yet."""

    start_doubt: Doubt


class UpdateState(TypedDict, total=False):
    """What an Update keeps: its doubts; then the image that it answers, and the images that it removes before.

    `cancelled` has those whose distribution it cancelled.
    """

    rollback_doubt: Doubt
    start_doubt: Doubt
    answer: str
    leftovers: list[str]
    cancelled: list[str]


class DeleteState(TypedDict, total=False):
    """What a Delete keeps: the images to remove, and the id of the lifecycle execution that deletes the AMIs.

    `cancelled` has those whose distribution it cancelled.
    """

    images: list[str]
    execution: str
    cancelled: list[str]


class RetryState(TypedDict, total=False):
    """What a wait keeps of retries: how many there were, when the last one was, and why it does not retry yet."""

    retried: int
    retried_at: float
    retry_doubt: Doubt


class WaitState(RetryState, total=False):
    """What a wait keeps: the image's status at the last call, and its retries."""

    status: str


class WaitDeleteState(TypedDict, total=False):
    """What the Delete of a wait keeps: nothing."""
