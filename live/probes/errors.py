"""Errors for missing images, and client tokens."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

from ..lab import Lab
from ..results import Finding
from .probe import Probe, is_denied, outcome

_NONEXISTENT = re.compile(r"does not exist|(?:not|cannot be|could not be) found", re.IGNORECASE)


def missing_arn(lab: Lab) -> str:
    """Return the ARN of an image that never existed."""
    account = lab.account
    return (
        f"arn:{account.partition}:imagebuilder:{account.region}:{account.id}:"
        f"image/{lab.run.prefix.lower()}-missing/1.0.0/1"
    )


def kind_of(error: dict[str, Any], arn: str) -> str:
    """Return which answer an error is to the question for the error of a missing image."""
    if error["code"] == "ResourceNotFoundException":
        return "not-found"
    if is_denied(error):
        return "denied"
    if 400 <= error["status"] < 500 and arn in error["message"] and _NONEXISTENT.search(error["message"]):
        return "message"
    return f"{error['code']}, which the handler does not take for a missing image"


def missing_images(lab: Lab) -> Iterator[Finding]:
    """Call operations with the ARN of an image that never existed."""
    arn = missing_arn(lab)
    for id, operation in (
        ("missing-get", "get_image"),
        ("missing-delete", "delete_image"),
        ("missing-cancel", "cancel_image_creation"),
    ):
        answer, error = outcome(getattr(lab.image_builder, operation), imageBuildVersionArn=arn)
        kind = kind_of(error, arn) if error else "success"
        yield Finding(id, kind, f"{error.get('code', 'no error')}: {error.get('message', '')}", error or answer)


def tokens(lab: Lab) -> Iterator[Finding]:
    """Start a distribution, repeat the call in each way, delete the image, and repeat it again."""
    token = str(uuid.uuid4())
    first = lab.distribute("Elsewhere", token=token)
    evidence: dict[str, Any] = {"first": first}

    def again(**changes: Any) -> tuple[str, dict[str, Any]]:
        answer, error = outcome(lambda **given: {"arn": lab.distribute("Elsewhere", **given)}, token=token, **changes)
        return ("refused" if error else "same" if answer["arn"] == first else "new"), {**evidence, **answer, **error}

    answer, seen = again()
    yield Finding("token-repeated", answer, f"{seen}", seen)
    answer, seen = again(tags={"Other": "yes"})
    yield Finding("token-other-parameters", answer, f"{seen}", seen)

    lab.image_builder.cancel_image_creation(imageBuildVersionArn=first)
    lab.ended(first)
    lab.image_builder.delete_image(imageBuildVersionArn=first)
    found, error = outcome(lab.image_builder.get_image, imageBuildVersionArn=first)
    if error:
        kind = kind_of(error, first)
        answer = "gone" if kind in ("not-found", "message") else kind
    else:
        status = found["image"]["state"]["status"]
        answer = "deleted" if status == "DELETED" else f"an image with the status {status}"
    yield Finding("deleted-get", answer, f"{error or found['image']['state']}", error or found)
    answer, seen = again()
    yield Finding("token-after-deletion", answer, f"{seen}", seen)


PROBES = (
    Probe(missing_images, ("missing-get", "missing-delete", "missing-cancel")),
    Probe(tokens, ("token-repeated", "token-other-parameters", "deleted-get", "token-after-deletion")),
)
