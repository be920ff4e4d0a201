"""All probes, in the order in which they run."""

from __future__ import annotations

from . import (
    cloudformation,
    conditions,
    errors,
    events,
    home_region,
    lifecycle,
    outputs,
    permissions,
    runtimes,
    tagging,
)
from .probe import Probe

# It deletes the AMIs of the distribution that other probes look at.
_LAST = lifecycle.deleting_amis

#: By topic.
BY_TOPIC: dict[str, tuple[Probe, ...]] = {
    "errors": errors.PROBES,
    "home_region": home_region.PROBES,
    "outputs": outputs.PROBES,
    "events": events.PROBES,
    "tagging": tagging.PROBES,
    "permissions": permissions.PROBES,
    "conditions": conditions.PROBES,
    "cloudformation": cloudformation.PROBES,
    "lifecycle": lifecycle.PROBES,
    "runtimes": runtimes.PROBES,
}


def probes_for(topics: list[str]) -> list[Probe]:
    """Return the probes of some topics in the order in which they run."""
    probes = [probe for topic, held in BY_TOPIC.items() if topic in topics for probe in held]
    return sorted(probes, key=lambda probe: probe.function is _LAST)
