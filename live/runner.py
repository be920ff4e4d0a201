"""Runs the probes and keeps what they find."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence

from .lab import Lab
from .masking import Mask
from .probes.probe import Probe
from .results import Finding


def run_probes(lab: Lab, probes: Sequence[Probe], mask: Mask, keep: Callable[[Finding], None]) -> None:
    """Run probes one after the other. One that fails leaves its questions without an answer.

    Args:
        lab: The account.
        probes: The probes.
        mask: Hides account ids.
        keep: Called with each finding as soon as there is one.
    """
    for probe in probes:
        open_questions = list(probe.answers)
        try:
            for finding in probe.function(lab):
                open_questions.remove(finding.assumption)
                lab.say(mask.text(f"  {finding.assumption}: {finding.answer or 'no answer'} ({finding.details[:200]})"))
                keep(
                    Finding(
                        finding.assumption,
                        mask.text(finding.answer),
                        mask.text(finding.details),
                        mask.value(finding.evidence),
                    )
                )
        except Exception as error:
            lab.say(mask.text(f"  {probe.function.__name__} failed: {error}"))
            reason = mask.text(f"The probe failed: {type(error).__name__}: {error}")
            trace = mask.text(traceback.format_exc())
            for id in open_questions:
                keep(Finding(id, "", reason, {"traceback": trace}))
        else:
            for id in open_questions:
                keep(Finding(id, "", "The probe found nothing."))
