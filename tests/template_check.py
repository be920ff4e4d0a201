"""Whether CloudFormation could take the templates of an app: their graphs, and what cfn-lint says."""

from __future__ import annotations

import json
from pathlib import Path

from cfnlint.api import ManualArgs
from cfnlint.api import lint as cfnlint

from . import template_graph

#: Rules of cfn-lint that are broken, each with its reason.
LINT_IGNORED = {
    "E3703": "CDK writes texts with references by Fn::Join, here in the actions of its pipelines.",
    "W3005": "CDK makes every function that has a role depend on it, although the function refers to it too.",
}


def problems(folder: Path) -> list[str]:
    """Return what is wrong with the templates in a folder."""
    config = ManualArgs(ignore_checks=list(LINT_IGNORED))
    found = []
    for path in sorted(folder.rglob("*.template.json")):
        text = path.read_text()
        found += [f"{path.name}: {problem}" for problem in template_graph.problems(json.loads(text))]
        found += [f"{path.name}: {match.rule.id} {match.message}" for match in cfnlint(text, config=config)]
    return found
