"""Assembles the Lambda's code from files: the handler with its service model, and crhelper."""

from __future__ import annotations

import atexit
import importlib.util
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path

from constructs import Construct

from ._bare_source import bare
from ._environment import environment_of, stack_of

#: The packages of the asset by their folders in it. Each file's path is in the zip twice, so ours is short.
_FOLDERS = {"handler": "cdk_image_distribution_handler", "crhelper": "crhelper"}
ENTRY = "handler.index.handler"

# Nothing of them runs: the contract, for which a namespace package will do, and types.
_WITHOUT_CODE = ("__init__.py", "clock.py", "operation_states.py")

# The context of the CLI's option `--no-staging`. Source: aws-cdk-lib, cx_api.DISABLE_ASSET_STAGING_CONTEXT.
_NO_STAGING = "aws:cdk:disable-asset-staging"


@cache
def assemble() -> Path:
    """Return a folder with the Lambda's code, made once for the process and removed when it ends.

    boto3 is in the Lambda runtime, and to bundle it costs 17 MB. The handler's `models` have what an old one lacks.

    The content depends on this package's version alone, which pins crhelper: no byte code, no time, no path, and
    nothing of what else is installed.
    """
    folder = Path(tempfile.mkdtemp(prefix="cdk-image-distribution-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, package in _FOLDERS.items():
        _copy(_package_folder(package), folder / name)
    return folder


def folder_in_assembly(scope: Construct, folder: Path) -> Path:
    """Return a folder with the same content that exists for as long as the app's cloud assembly.

    CDK copies the folder into the assembly. With `--no-staging` it only refers to it.
    """
    stage = environment_of(stack_of(scope)).stage
    if stage is None or not scope.node.try_get_context(_NO_STAGING):
        return folder
    lasting = Path(stage.asset_outdir, "cdk-image-distribution-handler")
    # The assembly may be of an earlier synthesis, with the code of another version.
    shutil.rmtree(lasting, ignore_errors=True)
    return Path(shutil.copytree(folder, lasting))


def _package_folder(package: str) -> Path:
    # Found without importing it: to import crhelper makes boto3 clients.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package} must be installed beside cdk-image-distribution: pip install {package}")
    return Path(spec.submodule_search_locations[0])


def _copy(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        copy = target / path.relative_to(source)
        if source.name == "cdk_image_distribution_handler" and path.name in _WITHOUT_CODE:
            continue
        if path.suffix == ".py":
            _write(copy, bare(path.read_text(encoding="utf-8")))
        elif path.suffix == ".json":
            _write(copy, json.dumps(json.loads(path.read_text(encoding="utf-8")), separators=(",", ":")))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
