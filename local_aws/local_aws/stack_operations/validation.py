"""What CloudFormation refuses before an operation begins: references to nothing, cycles, unknown attributes.

cfn-lint finds them. Of its rules only those count that CloudFormation itself raises, in CloudFormation's words.
ministack itself refuses unknown types and unknown exports.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from ministack.services.cloudformation import engine, handlers, helpers

from local_aws.patching import existing

if TYPE_CHECKING:
    from cfnlint.rules import Match, Rules

_REFERENCES = frozenset({"E1010", "E1019", "E1020", "E3005", "E6101"})
_CYCLE = "E3004"
# The rules that look at functions and references, and at where they stand: in a third of the time that all take.
_RULES = ("E10", "E11", "E3001", "E3002", _CYCLE, "E3005", "E6001", "E6101")
_UNKNOWN = re.compile(r"^'(?P<name>.+?)' is not one of \[(?P<known>.*)", re.DOTALL)
# Its schemas have every type.
_REGION = "us-east-1"
_loading = threading.Lock()

Template = dict[str, Any]


def install() -> None:
    """Validate the template of every operation that brings one."""

    def wrap(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def start(parameters: Any) -> Any:
            body, _ = existing(handlers, "_resolve_template")(parameters)
            problem = _problem(body, parameters) if body else None
            if problem:
                return existing(helpers, "_error")("ValidationError", problem)
            return original(parameters)

        return start

    actions: dict[str, Any] = existing(handlers, "_ACTION_HANDLERS")
    for name in ("CreateStack", "UpdateStack", "CreateChangeSet"):
        actions[name] = wrap(actions[name])
    actions["DescribeStacks"] = _loading_rules(actions["DescribeStacks"])


def _loading_rules(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Load cfn-lint's rules beside the first question for a stack, which comes before its deployment."""

    @cache
    def begin() -> None:
        threading.Thread(target=_rules, daemon=True).start()

    def describe(parameters: Any) -> Any:
        begin()
        return original(parameters)

    return describe


def _rules() -> Rules:
    with _loading:
        return _loaded_rules()


@cache
def _loaded_rules() -> Rules:
    # cfn-lint and its rules take two seconds to load: a server to which nothing is deployed goes without.
    from cfnlint import rules

    found = rules.Rules.create_from_directory(os.path.dirname(rules.__file__))
    return rules.Rules({id: rule for id, rule in found.items() if id.startswith(_RULES)})


def _problem(body: str, parameters: Any) -> str | None:
    try:
        template = engine._parse_template(body)
    except Exception:
        # ministack has the words for what is no template.
        return None
    stack = existing(handlers, "_resolve_stack")(handlers._p(parameters, "StackName")) or {}
    changed = _changed_types((stack.get("_template") or {}).get("Resources", {}), template.get("Resources", {}))
    if changed and stack.get("StackStatus") not in ("DELETE_COMPLETE", "ROLLBACK_COMPLETE"):
        return (
            "Update of resource type is not permitted. The new template modifies resource type of the following "
            f"resources: [{', '.join(changed)}]"
        )
    given = {item.get("ParameterKey") for item in existing(handlers, "_extract_members")(parameters, "Parameters")}
    missing = [
        name
        for name, definition in (template.get("Parameters") or {}).items()
        if "Default" not in definition and name not in given
    ]
    if missing:
        return f"Parameters: [{', '.join(missing)}] must have values"
    if not isinstance(template.get("Resources"), dict) or template.get("Transform"):
        return None
    return _refusal(json.dumps(_skeleton(template), default=str))


@lru_cache(maxsize=100)
def _refusal(skeleton: str) -> str | None:
    # Most operations bring the references of an earlier one: the bootstrap of each Region, a stack with other values.
    return next(_problems(json.loads(skeleton), _rules()), None)


def _skeleton(template: Template) -> Template:
    """Return a template without the values of its resources' properties and metadata that refer to nothing."""
    resources = {
        name: {
            key: _references(value) if key in ("Properties", "Metadata") else value for key, value in resource.items()
        }
        for name, resource in template["Resources"].items()
        if isinstance(resource, dict)
    }
    return {**template, "Resources": resources}


def _references(value: Any) -> Any:
    if isinstance(value, list):
        return [_references(one) for one in value]
    if isinstance(value, dict):
        is_function = any(key == "Ref" or key.startswith("Fn::") for key in value)
        return value if is_function else {key: _references(one) for key, one in value.items()}
    # Of the same type, as cfn-lint looks at properties by the schemas of their resources.
    return type(value)() if isinstance(value, (str, int, float)) else None


def _problems(template: Template, rules: Rules) -> Iterator[str]:
    from cfnlint.config import ConfigMixIn, ManualArgs
    from cfnlint.runner import run_template_by_data

    ignored = [rule for rule in rules if rule not in _REFERENCES and rule != _CYCLE]
    configuration = ConfigMixIn(**ManualArgs(regions=[_REGION], ignore_checks=ignored))
    matches = list(run_template_by_data(template, configuration, rules))
    in_cycle = sorted({str(match.path[1]) for match in matches if match.rule.id == _CYCLE and match.path})
    if in_cycle:
        yield f"Circular dependency between resources: [{', '.join(in_cycle)}]"
    for match in matches:
        unknown = _UNKNOWN.match(match.message) if match.rule.id in _REFERENCES and match.path else None
        if unknown:
            yield _reference(match, unknown["name"], "'AWS::Region'" in unknown["known"], template)


def _reference(match: Match, name: str, is_reference: bool, template: Template) -> str:
    path = list(match.path or ())
    if "Fn::GetAtt" in path:
        # The attribute stands at place 1, or both stand in one text.
        given = _at(template, path[: path.index("Fn::GetAtt") + 1])
        resource = given.partition(".")[0] if isinstance(given, str) else given[0]
        if resource in template["Resources"]:
            return f"Template error: resource {resource} does not support attribute type {name} in Fn::GetAtt"
        return f"Template error: instance of Fn::GetAtt references undefined resource {resource}"
    if "Fn::Sub" in path and not is_reference:
        return f"Template error: instance of Fn::Sub references invalid resource attribute {name}"
    return f"Template format error: Unresolved resource dependencies [{name}] in the {path[0]} block of the template"


def _at(template: Template, path: list[str | int]) -> Any:
    found: Any = template
    for step in path:
        found = found[step]
    return found


def _changed_types(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return sorted(name for name in old.keys() & new.keys() if old[name].get("Type") != new[name].get("Type"))
