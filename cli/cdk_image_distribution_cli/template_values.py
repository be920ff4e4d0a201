"""The values of a template, as far as they are known before the deployment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class Unresolved(str):
    """Text in the place of a value that only the deployment knows: what refers to it."""


@dataclass(frozen=True)
class Resolver:
    """Resolves intrinsic functions.

    Attributes:
        template: The template.
        pseudo: The values of AWS::Region and the others.
    """

    template: Mapping[str, Any]
    pseudo: Mapping[str, str]

    def resolve(self, value: Any) -> Any:
        """Return a value with its intrinsic functions carried out; what is not known becomes `Unresolved`."""
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref":
                return self._ref(argument)
            if name.startswith("Fn::"):
                return self._function(name, argument)
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if not _is_no_value(item)}

    def text(self, value: Any) -> str:
        """Return a resolved text, `Unresolved` if it is none or not known."""
        resolved = self.resolve(value)
        return resolved if isinstance(resolved, str) else Unresolved(str(resolved))

    def _ref(self, name: str) -> str:
        if name in self.pseudo:
            return self.pseudo[name]
        parameter = self.template.get("Parameters", {}).get(name)
        if parameter is not None and "Default" in parameter:
            default = str(parameter["Default"])
            # CloudFormation reads such a parameter itself, which Image Builder's `ssm:` writes likewise.
            reads = parameter["Type"].startswith("AWS::SSM::Parameter::Value")
            return f"ssm:{default}" if reads else default
        return Unresolved(name)

    def _function(self, name: str, argument: Any) -> Any:
        known = self.resolve(argument)
        if name == "Fn::Join" and isinstance(known, list) and isinstance(known[1], list):
            return _joined([str(known[0]).join(map(str, known[1]))], known[1])
        if name == "Fn::Sub":
            return self._sub(argument)
        if name == "Fn::Select" and isinstance(known, list) and isinstance(known[1], list):
            return known[1][int(known[0])]
        if name == "Fn::Split" and isinstance(known, list) and not isinstance(known[1], Unresolved):
            return str(known[1]).split(str(known[0]))
        if name == "Fn::GetAtt":
            return Unresolved(".".join(argument) if isinstance(argument, list) else argument)
        return Unresolved(f"{name} {argument}")

    def _sub(self, argument: Any) -> str:
        text, more = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])
        parts = []

        def put(match: re.Match[str]) -> str:
            name = match[1]
            part = self.text(more[name]) if name in more else self._ref(name)
            parts.append(part)
            return part

        return _joined([re.sub(r"\$\{([^!}][^}]*)\}", put, text)], parts)


def _joined(texts: list[str], parts: list[Any]) -> str:
    unknown = any(isinstance(part, Unresolved) or not isinstance(part, str) for part in parts)
    return Unresolved(texts[0]) if unknown else texts[0]


def _is_no_value(value: Any) -> bool:
    return isinstance(value, Unresolved) and value == "AWS::NoValue"
