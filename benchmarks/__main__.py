"""`python -m benchmarks`: measure all, print one table, and write it where the documents show it."""

from __future__ import annotations

import argparse
import os
import time

from rich.console import Console

from . import asset, cold_start, invocations, lag, report, results, scale, synth, template
from .figures import Figure

PARTS = {
    "asset": asset.figures,
    "cold start": cold_start.figures,
    "lag": lag.figures,
    "invocations": invocations.figures,
    "template": template.figures,
    "synth": synth.figures,
    "scale": scale.figures,
}

# What boto3 asks for when a client is made; nothing is sent to AWS.
_NOWHERE = {
    "AWS_ACCESS_KEY_ID": "nowhere",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_REGION": "eu-west-1",
    "AWS_SECRET_ACCESS_KEY": "nowhere",
}


def main() -> None:
    """Measure every part, or only write the documents anew from the last results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--write-only", action="store_true", help="measure nothing; write from the results file")
    parser.add_argument("--part", action="append", choices=PARTS, help="measure this part alone, and keep the others")
    options = parser.parse_args()
    if not options.write_only:
        os.environ.update(_NOWHERE)
        measure(options.part or list(PARTS))
    loaded = results.load()
    report.write(loaded)
    report.print_all(loaded)


def measure(parts: list[str]) -> None:
    """Run parts in their order and save what they found, with the last results of the others."""
    console = Console(stderr=True)
    where = results.environment()
    found: list[Figure] = []
    kept = results.load().figures if len(parts) < len(PARTS) else ()
    for name, figures in PARTS.items():
        if name not in parts:
            found += [figure for figure in kept if figure.part == name]
            continue
        began = time.monotonic()
        console.print(f"{name} …", end=" ")
        found += figures()
        console.print(f"{time.monotonic() - began:.0f} s")
    results.save(where, found)


if __name__ == "__main__":
    main()
