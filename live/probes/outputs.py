"""What GetImage lists, and which tags the copies have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..lab import Lab
from ..results import Finding
from .probe import Probe


def outputs(lab: Lab) -> Iterator[Finding]:
    """Look at the AMIs of the observed distribution."""
    observation = lab.observation
    tags = {}
    for ami in observation.amis:
        if ami["image"] == lab.source_ami or ami.get("accountId", lab.account.id) != lab.account.id:
            continue
        (image,) = lab.account.client("ec2", ami["region"]).describe_images(ImageIds=[ami["image"]])["Images"]
        tags[f"{ami['region']} {ami['image']}"] = {tag["Key"]: tag["Value"] for tag in image.get("Tags", [])}
    if tags:
        both = all(
            held.get("CreatedBy") == "EC2 Image Builder" and held.get("Ec2ImageBuilderArn") == observation.arn
            for held in tags.values()
        )
        yield Finding("copies-are-tagged", "both" if both else "incomplete", f"{tags}", {"tags": tags})

    count = Counter(ami["region"] for ami in observation.amis)
    home = [ami["image"] for ami in observation.amis if ami["region"] == lab.account.region]
    if lab.source_ami in home and len(home) > 1:
        # A wait answers the last one.
        answer = "source-last" if home[-1] == lab.source_ami else "source-too"
    else:
        answer = "targets" if all(count[region] == 1 for region in lab.run.regions) else "fewer"
    yield Finding("output-entries", answer, f"{dict(count)}", observation.evidence())

    if observation.amis:
        is_during = observation.outputs[0][0] < observation.ended_at
        yield Finding("output-time", "during" if is_during else "end", "See the evidence.", observation.evidence())


PROBES = (Probe(outputs, ("copies-are-tagged", "output-entries", "output-time")),)
