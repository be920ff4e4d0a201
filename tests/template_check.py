"""Whether CloudFormation could take the templates of an app: their graphs, and what cfn-lint says."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from . import template_graph

#: Rules of cfn-lint that are broken, each with its reason.
LINT_IGNORED = {
    "E3703": "CDK writes texts with references by Fn::Join, here in the actions of its pipelines.",
    "W3005": "CDK makes every function that has a role depend on it, although the function refers to it too.",
}


def problems(folder: Path) -> list[str]:
    """Return what is wrong with the templates in a folder."""
    found = []
    for path in sorted(folder.rglob("*.template.json")):
        text = path.read_text()
        found += [f"{path.name}: {problem}" for problem in template_graph.problems(json.loads(text))]
        found += [f"{path.name}: {problem}" for problem in _linted(text)]
    return found


@cache
def _linted(text: str) -> list[str]:
    # To import it takes a second, which a process that only deploys can do without.
    from cfnlint.api import ManualArgs
    from cfnlint.config import ConfigMixIn
    from cfnlint.decode.decode import decode_str
    from cfnlint.runner import run_template_by_data

    template, errors = decode_str(text)
    config = ConfigMixIn(**ManualArgs(ignore_checks=list(LINT_IGNORED)))
    matches = errors or run_template_by_data(template or {}, config, _rules())
    return [f"{match.rule.id} {match.message}" for match in matches]


@cache
def _rules() -> Any:
    """Return cfn-lint's rules, which take longer to load than to apply to a template."""
    import cfnlint.rules

    return cfnlint.rules.Rules.create_from_directory(str(Path(cfnlint.rules.__file__).parent))
