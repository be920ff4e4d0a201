"""EventBridge in memory: rules with a schedule and a pattern, and whom they call."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .fake_client import Refused

MINUTE = 60.0


@dataclass
class Rule:
    """One rule.

    Attributes:
        pattern: What events it matches; nothing matches none.
        since: When its schedule began.
        target: The input that its target gets, as JSON, or None before it has one.
    """

    pattern: dict[str, Any]
    since: float
    target: str | None = None


@dataclass
class EventBridge:
    """What of EventBridge the handler uses, with its limits.

    Attributes:
        clock: Seconds since the epoch.
        rules: By name.
        made: The names of all rules that ever were.
        largest_input: Bytes of the largest target input so far.
    """

    clock: Callable[[], float]
    rules: dict[str, Rule] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    largest_input: int = 0

    def answer(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Answer one call."""
        operations: dict[str, Callable[..., dict[str, Any]]] = {
            "PutRule": self._put_rule,
            "PutTargets": self._put_targets,
            "RemoveTargets": self._remove_targets,
            "DeleteRule": self._delete_rule,
            "ListRules": self._list_rules,
        }
        return operations[operation](**parameters)

    def _put_rule(self, Name: str, ScheduleExpression: str, State: str, Description: str, EventPattern: str = "{}"):  # type: ignore[no-untyped-def]
        assert re.fullmatch(r"[.\-_A-Za-z0-9]{1,64}", Name), Name
        assert len(Description) <= 512
        assert (ScheduleExpression, State) == ("rate(1 minute)", "ENABLED")
        former = self.rules.get(Name)
        self.rules[Name] = Rule(json.loads(EventPattern), self.clock(), former.target if former else None)
        self.made.append(Name)
        return {"RuleArn": f"arn:aws:events:eu-west-1:123456789012:rule/{Name}"}

    def _put_targets(self, Rule: str, Targets: list[dict[str, Any]]) -> dict[str, Any]:
        (target,) = Targets
        size = len(target["Input"])
        assert size <= 8192, "a target's input has 8,192 characters at most"
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

    def _list_rules(self, NamePrefix: str) -> dict[str, Any]:
        return {"Rules": [{"Name": name} for name in self.rules if name.startswith(NamePrefix)]}

    def _rule(self, name: str) -> Rule:
        if name not in self.rules:
            raise Refused("ResourceNotFoundException", f"Rule {name} does not exist.")
        return self.rules[name]

    def called_by_event(self, image_arn: str) -> list[str]:
        """Return the inputs of the targets that a state change of an image calls."""
        return [
            rule.target
            for rule in self.rules.values()
            if rule.target is not None and image_arn in rule.pattern.get("resources", [])
        ]

    def called_by_schedule(self, before: float, now: float) -> list[str]:
        """Return the inputs of the targets whose minute ended after `before`, up to `now`."""
        return [
            rule.target
            for rule in self.rules.values()
            if rule.target is not None and (now - rule.since) // MINUTE > (before - rule.since) // MINUTE
        ]
