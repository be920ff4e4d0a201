"""The Lambda code of each way: how large it is, and how long it takes to assemble."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from .figures import AWS_CUSTOM_RESOURCE, CRHELPER, OURS, PROVIDER, WAYS, Figure, Value
from .stacks import app_of, assets_in
from .ways import install_crhelper

RUNS = 3
_ASSEMBLE = """
import time
from cdk_image_distribution._handler_asset import assemble
began = time.perf_counter()
assemble()
print(time.perf_counter() - began)
"""


def figures() -> Iterator[Figure]:
    """Synthesise each way once and look at what it packs; assemble what is not part of CDK some times."""
    zipped, unpacked = {}, {}
    for way in WAYS:
        with tempfile.TemporaryDirectory() as folder:
            app_of(way, 1, Path(folder)).synth()
            assets = assets_in(Path(folder))
            zipped[way] = [sum(map(zipped_bytes, assets))]
            unpacked[way] = [sum(map(unpacked_bytes, assets))]
    yield Figure("asset", "Lambda code, zipped", "bytes", zipped)
    yield Figure("asset", "Lambda code, unpacked", "bytes", unpacked)
    assembled: dict[str, Value] = {
        OURS: [_seconds_of_ours() for _ in range(RUNS)],
        CRHELPER: [_seconds_of_pip() for _ in range(RUNS)],
        PROVIDER: "comes with CDK",
        AWS_CUSTOM_RESOURCE: "comes with CDK",
    }
    yield Figure("asset", "Lambda code, time to assemble", "s", assembled)


def zipped_bytes(folder: Path) -> int:
    """Return the size of a folder zipped as CDK does, by deflate."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for path in _files(folder):
            writer.write(path, path.relative_to(folder))
    return len(archive.getvalue())


def unpacked_bytes(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(path.stat().st_size for path in _files(folder))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _seconds_of_ours() -> float:
    printed = subprocess.run([sys.executable, "-c", _ASSEMBLE], check=True, capture_output=True, text=True).stdout
    return float(printed)


def _seconds_of_pip() -> float:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        install_crhelper(Path(folder))
        return time.perf_counter() - began
