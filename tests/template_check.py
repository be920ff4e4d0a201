"""Whether CloudFormation could take the templates of an app: their graphs, and what cfn-lint says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from . import template_graph

#: Rules of cfn-lint that are broken, each with its reason.
LINT_IGNORED = {
    "E3703": "CDK writes texts with references by Fn::Join, here in the actions of its pipelines.",
    "W3005": "CDK makes every function that has a role depend on it, although the function refers to it too.",
}

#: Beginnings of the ids of cfn-lint's rules about functions, references, and where they stand.
REFERENCES = ("E10", "E11", "E3001", "E3002", "E3004", "E3005", "E6001", "E6101")


def problems(folder: Path, rules: Sequence[str] = ("",)) -> list[str]:
    """Return what is wrong with the templates in a folder.

    Args:
        folder: The cloud assembly.
        rules: Beginnings of the ids of the cfn-lint rules that count; all of them by default.
    """
    found = []
    for path in sorted(folder.rglob("*.template.json")):
        text = path.read_text()
        found += [f"{path.name}: {problem}" for problem in template_graph.problems(json.loads(text))]
        found += [f"{path.name}: {problem}" for problem in _linted(text, tuple(rules))]
    return found


@cache
def _linted(text: str, rules: tuple[str, ...]) -> list[str]:
    # To import it takes a second, which a process that only deploys can do without.
    from cfnlint.api import ManualArgs
    from cfnlint.config import ConfigMixIn
    from cfnlint.decode.decode import decode_str
    from cfnlint.runner import run_template_by_data

    template, errors = decode_str(text)
    config = ConfigMixIn(**ManualArgs(ignore_checks=list(LINT_IGNORED)))
    matches = errors or run_template_by_data(template or {}, config, _rules(rules))
    return [f"{match.rule.id} {match.message}" for match in matches]


@cache
def _rules(beginnings: tuple[str, ...]) -> Any:
    from cfnlint.rules import Rules

    return Rules({id: rule for id, rule in _all_rules().items() if id.startswith(beginnings)})


@cache
def _all_rules() -> Any:
    """Return cfn-lint's rules, which take longer to load than to apply to a template."""
    import cfnlint.rules

    return cfnlint.rules.Rules.create_from_directory(str(Path(cfnlint.rules.__file__).parent))
