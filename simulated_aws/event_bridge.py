"""EventBridge in memory: rules with a schedule and a pattern, and the targets that they call."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .boto_clients import REGION
from .faults import Refused
from .requests import ACCOUNT

MINUTE = 60.0


@dataclass
class Rule:
    """One rule.

    Attributes:
        pattern: What events it matches; nothing matches none.
        since: When its schedule began.
        due: When its schedule calls the target next.
        target: The input of its target, as JSON, or None before it has one.
    """

    pattern: dict[str, Any]
    since: float
    due: float
    target: str | None = None


@dataclass
class EventBridge:
    """What of EventBridge the handler uses, with its limits.

    Attributes:
        clock: Seconds since the epoch.
        call: Invokes the target with an input.
        rules: By name.
        made: The names of all rules that ever were.
        largest_input: Characters of the longest target input so far.
        events_lost: Whether the events of Image Builder are lost.
        put: Every event that the function put, with its Detail read.
    """

    clock: Callable[[], float]
    call: Callable[[str], None]
    rules: dict[str, Rule] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    largest_input: int = 0
    events_lost: bool = False
    put: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Answer one call."""
        operations: dict[str, Callable[..., dict[str, Any]]] = {
            "PutRule": self._put_rule,
            "PutTargets": self._put_targets,
            "RemoveTargets": self._remove_targets,
            "DeleteRule": self._delete_rule,
            "ListRules": self._list_rules,
            "PutEvents": self._put_events,
        }
        return operations[operation](**parameters)

    def next_due(self) -> float:
        """Return when a schedule calls next."""
        return min((rule.due for rule in self.rules.values()), default=float("inf"))

    def act(self) -> None:
        """Call the targets whose minute is over."""
        for rule in list(self.rules.values()):
            if rule.due <= self.clock():
                rule.due = rule.since + MINUTE * ((self.clock() - rule.since) // MINUTE + 1)
                self._call(rule)

    def state_changed(self, image_arn: str) -> None:
        """Call the targets whose pattern matches the state change of an image."""
        for rule in list(self.rules.values()):
            if image_arn in rule.pattern.get("resources", []) and not self.events_lost:
                self._call(rule)

    def _call(self, rule: Rule) -> None:
        if rule.target is not None:
            self.call(rule.target)

    def _put_rule(
        self, Name: str, ScheduleExpression: str, State: str, Description: str = "", EventPattern: str = "{}"
    ) -> dict[str, Any]:
        if not re.fullmatch(r"[.\-_A-Za-z0-9]{1,64}", Name) or len(Description) > 512:
            raise Refused("ValidationException", f"1 validation error detected: {Name}, {Description}")
        if (ScheduleExpression, State) != ("rate(1 minute)", "ENABLED"):
            raise Refused("ValidationException", "Only rate(1 minute) and ENABLED are simulated.")
        former = self.rules.get(Name)
        now = self.clock()
        self.rules[Name] = Rule(json.loads(EventPattern), now, now + MINUTE, former.target if former else None)
        self.made.append(Name)
        return {"RuleArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{Name}"}

    def _put_targets(self, Rule: str, Targets: list[dict[str, Any]]) -> dict[str, Any]:
        (target,) = Targets
        size = len(target["Input"])
        if size > 8192:
            raise Refused("ValidationException", "Member must have length less than or equal to 8192")
        self.largest_input = max(self.largest_input, size)
        self._rule(Rule).target = target["Input"]
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def _remove_targets(self, Rule: str, Ids: list[str]) -> dict[str, Any]:
        self._rule(Rule).target = None
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def _delete_rule(self, Name: str) -> dict[str, Any]:
        if Name in self.rules and self.rules[Name].target is not None:
            raise Refused("ValidationException", "Rule can't be deleted since it has targets.")
        self.rules.pop(Name, None)
        return {}

    def _list_rules(self, NamePrefix: str = "") -> dict[str, Any]:
        return {"Rules": [{"Name": name} for name in self.rules if name.startswith(NamePrefix)]}

    def _put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        for entry in Entries:
            if sum(len(str(value).encode()) for value in entry.values()) > 256 * 1024:
                raise Refused("ValidationException", "Total size of the entries in the request is over the limit.")
            self.put.append({**entry, "Detail": json.loads(entry["Detail"])})
        return {"FailedEntryCount": 0, "Entries": [{"EventId": str(len(self.put))} for _ in Entries]}

    def _rule(self, name: str) -> Rule:
        if name not in self.rules:
            raise Refused("ResourceNotFoundException", f"Rule {name} does not exist.")
        return self.rules[name]
