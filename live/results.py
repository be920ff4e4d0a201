"""What was measured: findings, and the JSON file that keeps them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

#: The committed file, from which the page in `docs/` is generated.
FILE = Path(__file__).with_name("results.json")

NOT_MEASURED = "not yet measured"


@dataclass(frozen=True)
class Finding:
    """What AWS answered to one question.

    Attributes:
        assumption: The question's id.
        answer: The key of the answer; another text if the construct is not prepared for it; empty if there is none.
        details: What was seen, or why there is no answer.
        evidence: API answers, events and stack events, by what they are.
    """

    assumption: str
    answer: str
    details: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Results:
    """All findings, and the run that made the latest.

    Attributes:
        run: Date, Region and versions; empty if nothing was measured.
        findings: By the question's id.
    """

    run: Mapping[str, str]
    findings: Mapping[str, Finding]

    def with_findings(self, run: Mapping[str, str], found: Mapping[str, Finding]) -> Results:
        """Return these results with newer findings. An older answer outlives a run that got none."""
        newer = {
            id: finding
            for id, finding in found.items()
            if finding.answer or not self.findings.get(id, Finding(id, "", "")).answer
        }
        return Results(run, {**self.findings, **newer})


def load(file: Path = FILE) -> Results:
    """Read a results file."""
    content = json.loads(file.read_text("utf-8"))
    findings = (Finding(assumption=id, **finding) for id, finding in content["findings"].items())
    return Results(content["run"], {finding.assumption: finding for finding in findings})


def save(results: Results, file: Path = FILE) -> None:
    """Write a results file, all of it or nothing."""
    findings = {id: asdict(finding) for id, finding in results.findings.items()}
    for finding in findings.values():
        del finding["assumption"]
    text = json.dumps({"run": dict(results.run), "findings": findings}, indent=1, ensure_ascii=False, default=str)
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(".new")
    temporary.write_text(text + "\n", "utf-8")
    os.replace(temporary, file)
