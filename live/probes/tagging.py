"""How late the tagging API is."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ..journal import TAG
from ..lab import Lab
from ..results import Finding
from .probe import Probe

_MINUTES = 20


def listing(lab: Lab) -> Iterator[Finding]:
    """Look how long the observed distribution was not listed."""
    observation = lab.observation
    if not observation.listed_at:
        yield Finding("tagging-lists", "later", "The image was not listed before it ended.", observation.evidence())
        return
    seconds = (observation.listed_at - observation.began) * 60 / lab.account.minute
    answer = "within-60-s" if seconds <= 60 else "later"
    yield Finding("tagging-lists", answer, f"{seconds:.0f} s after DistributeImage", observation.evidence())


def forgetting(lab: Lab) -> Iterator[Finding]:
    """Delete an image that is listed, and look how long it stays listed."""
    arn = lab.distribute("Elsewhere")
    lab.image_builder.cancel_image_creation(imageBuildVersionArn=arn)
    lab.ended(arn)
    if lab.account.until(lambda: True if _is_listed(lab, arn) else None, minutes=_MINUTES) is None:
        yield Finding("tagging-forgets", "", f"The image was not listed within {_MINUTES} minutes.", {"image": arn})
        return
    lab.image_builder.delete_image(imageBuildVersionArn=arn)
    deleted_at = time.time()
    if lab.account.until(lambda: None if _is_listed(lab, arn) else True, minutes=_MINUTES) is None:
        yield Finding("tagging-forgets", "longer", f"Still listed after {_MINUTES} minutes", {"image": arn})
        return
    seconds = (time.time() - deleted_at) * 60 / lab.account.minute
    answer = "within-60-s" if seconds <= 60 else "longer"
    yield Finding("tagging-forgets", answer, f"Not listed {seconds:.0f} s after DeleteImage", {"image": arn})


def _is_listed(lab: Lab, arn: str) -> bool:
    pages = (
        lab.account.client("resourcegroupstaggingapi")
        .get_paginator("get_resources")
        .paginate(ResourceTypeFilters=["imagebuilder:image"], TagFilters=[{"Key": TAG, "Values": [lab.run.id]}])
    )
    return any(resource["ResourceARN"] == arn for page in pages for resource in page["ResourceTagMappingList"])


PROBES = (Probe(listing, ("tagging-lists",)), Probe(forgetting, ("tagging-forgets",)))
