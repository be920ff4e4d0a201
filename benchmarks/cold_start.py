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

from cdk_image_distribution._handler_asset import assemble
from tests import environments

from .figures import CRHELPER, OURS, Figure
from .ways import bundled_crhelper

RUNS = 7
_1980 = 315_532_800
_OLDEST = "1.35.0"

# What it prints: the time when the handler is imported, and when it has the clients that a first wait needs; KiB at the
# peak.
_PROGRAM = r"""
import re, sys, time
sys.path.insert(0, sys.argv[1])
{imports}
ready = time.time()
{clients}
done = time.time()
print(ready, done, re.search(r"VmHWM:\s+(\d+) kB", open("/proc/self/status").read())[1])
"""
_OURS = _PROGRAM.format(
    imports="from handler import aws, index",
    clients="clients = aws.Aws(); clients.image_builder, clients.events",
)
_CRHELPER = _PROGRAM.format(imports="import index", clients="")

_ROWS = (
    ("handler imported", "s", "ready"),
    ("clients created", "s", "clients"),
    ("peak memory", "MiB", "memory"),
)


@dataclass(frozen=True)
class _Start:
    ready: float
    clients: float
    memory: float


def figures() -> Iterator[Figure]:
    """Start each asset some times, in turn: on the newest boto3, on the oldest, and crhelper without its own too."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, bundled = _as_unpacked(assemble(), folder / "ours"), _as_unpacked(bundled_crhelper(), folder / "bundled")
        plain = folder / "plain"
        shutil.copytree(bundled / "crhelper", plain / "crhelper")
        shutil.copy(bundled / "index.py", plain)
        new = environments.make(folder / "newest", f"boto3=={version('boto3')}")
        requirements = str(environments.ROOT / "requirements" / "old-runtime.txt")
        old = environments.make(folder / "oldest", "--require-hashes", "-r", requirements)
        starts = [(new, ours, _OURS), (new, bundled, _CRHELPER), (new, plain, _CRHELPER), (old, ours, _OURS)]
        for start in starts:
            _start(*start)
        rounds = [[_start(*start) for start in starts] for _ in range(RUNS)]
    newest, with_boto3, without, oldest = zip(*rounds, strict=True)
    for runtime, values in (
        ("", {OURS: newest, CRHELPER: with_boto3}),
        (", boto3 from the runtime", {OURS: newest, CRHELPER: without}),
        (f", boto3 {_OLDEST} from the runtime", {OURS: oldest}),
    ):
        for what, unit, attribute in _ROWS:
            samples = {way: [getattr(start, attribute) for start in found] for way, found in values.items()}
            yield Figure("cold start", f"cold start{runtime}: {what}", unit, samples)


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
    ready, clients, memory = map(float, finished.stdout.split())
    return _Start(ready - began, clients - began, memory / 1024)


def _as_unpacked(asset: Path, folder: Path) -> Path:
    shutil.copytree(asset, folder)
    for path in folder.rglob("*"):
        os.utime(path, (_1980, _1980))
    return folder
