"""From the start of a process to a handler that can take an event, and the memory it takes.

The asset lies as Lambda unpacks it: CDK dates every file in its archive to 1980, so that Python takes no byte code in
it for valid and compiles it anew. boto3 in the runtime, where ours finds it, has its byte code.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from cdk_image_distribution.handler_asset import assemble
from tests import environments

from .figures import CRHELPER, OURS, Figure
from .ways import bundled_crhelper

RUNS = 7
_1980 = 315_532_800
_OLDEST = "1.35.0"

# What it prints: the time when the handler is imported, and when it has its Image Builder client; KiB at the peak.
_PROGRAM = r"""
import re, sys, time
sys.path.insert(0, sys.argv[1])
{imports}
ready = time.time()
{client}
done = time.time()
print(ready, done, re.search(r"VmHWM:\s+(\d+) kB", open("/proc/self/status").read())[1])
"""
_OURS = _PROGRAM.format(
    imports="from cdk_image_distribution_handler import clients, index", client="clients.image_builder()"
)
_CRHELPER = _PROGRAM.format(imports="import index", client="")


@dataclass(frozen=True)
class _Start:
    ready: float
    client: float
    memory: float


def figures() -> Iterator[Figure]:
    """Start ours on the newest and on the oldest boto3, and crhelper with its own, in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, theirs = _as_unpacked(assemble(), folder / "ours"), _as_unpacked(bundled_crhelper(), folder / "theirs")
        new = environments.make(folder / "newest", f"boto3=={version('boto3')}")
        requirements = str(environments.ROOT / "requirements" / "old-runtime.txt")
        old = environments.make(folder / "oldest", "--require-hashes", "-r", requirements)
        for python, asset, program in ((new, ours, _OURS), (old, ours, _OURS), (new, theirs, _CRHELPER)):
            _start(python, asset, program)
        rounds = [
            (_start(new, ours, _OURS), _start(old, ours, _OURS), _start(new, theirs, _CRHELPER)) for _ in range(RUNS)
        ]
    for place, runtime in enumerate(("", f", boto3 {_OLDEST} in the runtime")):
        starts = [one[place] for one in rounds]
        for what, unit, attribute in (
            ("handler ready", "s", "ready"),
            ("handler and Image Builder client ready", "s", "client"),
            ("peak memory with an Image Builder client", "MiB", "memory"),
        ):
            values: dict[str, list[float]] = {OURS: [getattr(start, attribute) for start in starts]}
            if not runtime:
                values[CRHELPER] = [getattr(one[2], attribute) for one in rounds]
            yield Figure("cold start", f"cold start{runtime}: {what}", unit, values)


def _start(python: Path, asset: Path, program: str) -> _Start:
    variables = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "PYTHONDONTWRITEBYTECODE": "1"}
    credentials = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    began = time.time()
    finished = subprocess.run(
        [str(python), "-c", program, str(asset)],
        env={"PATH": os.environ["PATH"], **variables, **credentials},
        check=True,
        capture_output=True,
        text=True,
    )
    ready, client, memory = map(float, finished.stdout.split())
    return _Start(ready - began, client - began, memory / 1024)


def _as_unpacked(asset: Path, folder: Path) -> Path:
    shutil.copytree(asset, folder)
    for path in folder.rglob("*"):
        os.utime(path, (_1980, _1980))
    return folder
