"""The registry of all questions, per topic."""

from __future__ import annotations

from ..assumptions import Assumption, Topic
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

TOPICS: tuple[Topic, ...] = (
    permissions.TOPIC,
    home_region.TOPIC,
    outputs.TOPIC,
    events.TOPIC,
    errors.TOPIC,
    tagging.TOPIC,
    conditions.TOPIC,
    cloudformation.TOPIC,
    lifecycle.TOPIC,
    runtimes.TOPIC,
)

#: By id.
ASSUMPTIONS: dict[str, Assumption] = {assumption.id: assumption for topic in TOPICS for assumption in topic.assumptions}
