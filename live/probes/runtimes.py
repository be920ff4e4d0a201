"""What the Lambda runtimes bundle, and what the handler uses there."""

from __future__ import annotations

import json
from collections.abc import Iterator

from .. import stacks
from ..lab import Lab
from ..results import Finding
from .probe import Probe


def runtimes(lab: Lab) -> Iterator[Finding]:
    """Invoke a function of each runtime with the handler's code."""
    name = lab.run.prefix + "Runtimes"
    deployed = lab.deploy({name: stacks.runtimes(lab.folder)})
    if not deployed.ok:
        raise RuntimeError(deployed.printed[-1000:])
    client = lab.account.client("lambda")
    found = {}
    for id, function in lab.outputs(name).items():
        found[id] = json.loads(client.invoke(FunctionName=function, Payload=b"{}")["Payload"].read())
    broken = [f"{id}: {seen['errorMessage']}" for id, seen in found.items() if "errorMessage" in seen]
    if broken:
        raise RuntimeError("; ".join(broken))
    versions = ", ".join(f"{id}: {seen['botocore']}" for id, seen in sorted(found.items()))
    knows_all = all(seen["bundled"] for seen in found.values())
    yield Finding("bundled-botocore", "all" if knows_all else "not-all", versions, found)
    # The packed model has only the operations that the handler calls.
    is_packed = all(seen["used"] and seen["operations"] < seen["bundled_operations"] for seen in found.values())
    yield Finding("packed-model", "used" if is_packed else "not used", versions, found)


PROBES = (Probe(runtimes, ("bundled-botocore", "packed-model")),)
