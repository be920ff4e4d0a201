"""AmiDistributionConfiguration, which CDK passes on unread: its keys and the types of their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from . import _argument_types as types
from ._literal import is_literal

_OBJECT = types.ArgumentType("be an object", "Write a dict.", lambda value: isinstance(value, Mapping))
# What is in a list is checked where its meaning is known.
_LIST = types.ArgumentType(types.TEXTS.rule, types.TEXTS.remedy, lambda value: isinstance(value, list))
_TAGS = types.ArgumentType(types.TAGS.rule, types.TAGS.remedy, lambda value: _is_tags(value))

#: Source: AWS::ImageBuilder::DistributionConfiguration AmiDistributionConfiguration, CloudFormation user guide.
KEYS = {
    "AmiTags": _TAGS,
    "Description": types.TEXT,
    "KmsKeyId": types.TEXT,
    "LaunchPermissionConfiguration": _OBJECT,
    "Name": types.TEXT,
    "TargetAccountIds": _LIST,
}
#: Source: AWS::ImageBuilder::DistributionConfiguration LaunchPermissionConfiguration, CloudFormation user guide.
LAUNCH_PERMISSION_KEYS = {
    "OrganizationArns": _LIST,
    "OrganizationalUnitArns": _LIST,
    "UserGroups": _LIST,
    "UserIds": _LIST,
}


def type_errors(where: str, written: Any) -> Iterator[str]:
    """Yield a sentence for each value that has not the type of its key; what only CloudFormation knows passes.

    Args:
        where: The beginning of the sentence.
        written: AmiDistributionConfiguration as it is written.
    """
    for parts, keys in _levels(written):
        if not isinstance(parts, Mapping):
            yield _OBJECT.problem(f"{where}: AmiDistributionConfiguration", parts)
            continue
        for key, value in parts.items():
            if key in keys and not _is_unknown(value) and not keys[key].accepts(value):
                yield keys[key].problem(f"{where}: {key}", value)


def launch_permissions(written: Any, key: str) -> list[Any]:
    """Return whom an AMI is shared with by a key of LaunchPermissionConfiguration, as it is written."""
    for parts, keys in _levels(written):
        if keys is LAUNCH_PERMISSION_KEYS and isinstance(parts.get(key), list):
            return list(parts[key])
    return []


def unknown_keys(written: Any) -> Iterator[tuple[str, str | None]]:
    """Yield each key that CloudFormation may not know, and the key that was probably meant."""
    for parts, keys in _levels(written):
        if isinstance(parts, Mapping):
            for key in parts:
                if key not in keys and not key[:1].islower():
                    by_letters = {known.lower(): known for known in keys}
                    nearest = get_close_matches(key.lower(), by_letters, n=1)
                    yield key, by_letters[nearest[0]] if nearest else None


def _levels(written: Any) -> Iterator[tuple[Any, Mapping[str, types.ArgumentType]]]:
    if written is None or _is_unknown(written):
        return
    yield written, KEYS
    permission = written.get("LaunchPermissionConfiguration") if isinstance(written, Mapping) else None
    if isinstance(permission, Mapping) and not _is_unknown(permission):
        yield permission, LAUNCH_PERMISSION_KEYS


def _is_tags(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(item, str) or _is_unknown(item) for item in value.values())


def _is_unknown(value: Any) -> bool:
    """Return whether only CloudFormation knows a value: an intrinsic function, a token, or an object of CDK's."""
    if isinstance(value, Mapping):
        return len(value) == 1 and all(key == "Ref" or key.startswith("Fn::") for key in value)
    if isinstance(value, str):
        return not is_literal(value)
    return not (value is None or isinstance(value, int | float | list))
