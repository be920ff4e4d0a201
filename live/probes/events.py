"""Events of Image Builder, and when a wait ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .. import stacks
from ..lab import Lab
from ..results import Finding
from .probe import Probe


def events(lab: Lab) -> Iterator[Finding]:
    """Compare the events of the observed distribution with what GetImage showed."""
    observation = lab.observation
    evidence = observation.evidence()
    shown = [status for _, status in observation.statuses]
    sent = [status for _, status in observation.events]
    details = f"GetImage: {', '.join(shown)}; events: {', '.join(sent) or 'none'}"
    if observation.status not in sent:
        yield Finding("event-states", "none", details, evidence)
        yield Finding("event-lag", "later", "The event of the last state did not arrive within two minutes.", evidence)
        return
    # GetImage may be called too late to see each state; PENDING is the start.
    is_complete = set(shown) - {"PENDING"} <= set(sent) and [one for one in sent if one in shown] == [
        one for one in shown if one in sent
    ]
    yield Finding("event-states", "all" if is_complete else "last", details, evidence)
    arrived = next(at for at, status in observation.events if status == observation.status)
    lag = _aws_seconds(lab, arrived - observation.ended_at)
    answer = "within-15-s" if lag <= 15 else "later"
    yield Finding("event-lag", answer, f"{lag:.1f} s after GetImage showed the state", evidence)


def answer_lag(lab: Lab) -> Iterator[Finding]:
    """Deploy the construct twice: as it is, and with a polling rule whose event pattern is taken away."""
    for id, name, is_deaf in (
        ("answer-lag", "WithEvents", False),
        ("answer-lag-without-events", "WithoutEvents", True),
    ):
        lag, evidence = _measure(lab, lab.run.prefix + name, is_deaf)
        if lag is None:
            yield Finding(id, "", "The wait did not succeed.", evidence)
            continue
        limits = (90,) if is_deaf else (15, 90)
        answer = next((f"within-{limit}-s" for limit in limits if lag <= limit), "later")
        yield Finding(id, answer, f"{lag:.1f} s", evidence)


def _measure(lab: Lab, stack: str, is_deaf: bool) -> tuple[float | None, dict[str, Any]]:
    over = threading.Event()
    seen: dict[str, float] = {}
    watcher = threading.Thread(target=_watch, args=(lab, stack, is_deaf, seen, over), daemon=True)
    watcher.start()
    try:
        lab.deploy({stack: stacks.distribution(lab.source_ami, lab.run.regions, lab.tags)}, "--no-rollback")
    finally:
        over.set()
        watcher.join(60)
    own = [event for event in lab.stack_events(stack) if event["ResourceType"] == "Custom::ImageDistributionWait"]
    answered = [event["Timestamp"] for event in own if event["ResourceStatus"] == "CREATE_COMPLETE"]
    evidence = {"first seen": seen, "stack events": own}
    if not answered or "AVAILABLE" not in seen:
        return None, evidence
    moment: datetime = answered[0]
    return _aws_seconds(lab, max(0.0, moment.timestamp() - seen["AVAILABLE"])), evidence


def _watch(lab: Lab, stack: str, is_deaf: bool, seen: dict[str, float], over: threading.Event) -> None:
    """Note when the image of a stack gets to each status, and take the event pattern from its polling rule."""
    cloudformation = lab.account.client("cloudformation")
    while not over.wait(lab.account.minute / 60):
        try:
            if is_deaf:
                _deafen(lab, stack)
            resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
            for resource in resources:
                arn = resource.get("PhysicalResourceId", "")
                if resource["ResourceType"] == "Custom::ImageDistribution" and ":image/" in arn:
                    image = lab.image(arn)
                    if image is not None:
                        seen.setdefault(image["state"]["status"], time.time())
        except Exception:
            # The stack is not there yet, or a call was throttled. The next look is soon.
            continue


def _deafen(lab: Lab, stack: str) -> None:
    client = lab.account.client("events")
    (found,) = lab.account.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    for rule in client.list_rules(NamePrefix=f"ami-{found['StackId'].split('/')[2]}-w")["Rules"]:
        if rule.get("EventPattern"):
            client.put_rule(Name=rule["Name"], ScheduleExpression=rule["ScheduleExpression"], State="ENABLED")


def _aws_seconds(lab: Lab, seconds: float) -> float:
    return seconds * 60 / lab.account.minute


PROBES = (
    Probe(events, ("event-states", "event-lag")),
    Probe(answer_lag, ("answer-lag", "answer-lag-without-events")),
)
