"""Assembles the Lambda's code: the handler, crhelper, and the one service model that an old boto3 lacks."""

from __future__ import annotations

import atexit
import gzip
import importlib.util
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path

from ._bare_source import bare
from ._service_model import reduce_model

_HANDLER = "cdk_image_distribution_handler"
ENTRY = f"{_HANDLER}.index.handler"


@cache
def assemble() -> Path:
    """Return a folder with the Lambda's code, made once for the process and removed when it ends.

    boto3 is in the Lambda runtime, but maybe one older than DistributeImage (botocore 1.41.1), and to bundle
    it costs 17 MB. So only botocore's model of Image Builder goes along, of it only what the handler calls.

    The content is the same wherever and whenever it is assembled from the same versions of its packages: no
    byte code, no time, no path.
    """
    folder = Path(tempfile.mkdtemp(prefix="cdk-image-distribution-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for package in (_HANDLER, "crhelper"):
        _copy_modules(_package_folder(package), folder / package)
    _copy_model(folder / _HANDLER / "models")
    return folder


def _package_folder(package: str) -> Path:
    # Found without importing it: to import crhelper makes boto3 clients.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package} must be installed beside cdk-image-distribution: pip install {package}")
    return Path(spec.submodule_search_locations[0])


def _copy_modules(source: Path, target: Path) -> None:
    target.mkdir()
    for module in source.iterdir():
        if module.name.endswith(".py"):
            text = module.read_text(encoding="utf-8")
            (target / module.name).write_text(bare(text), encoding="utf-8", newline="\n")


def _copy_model(target: Path) -> None:
    models = _package_folder("botocore") / "data" / "imagebuilder"
    version = max(models.iterdir()).name
    model = json.loads(gzip.decompress((models / version / "service-2.json.gz").read_bytes()))
    folder = target / "imagebuilder" / version
    folder.mkdir(parents=True)
    # Plain JSON: CDK compresses the asset, and the header of a gzip file would carry a time.
    (folder / "service-2.json").write_text(json.dumps(reduce_model(model), separators=(",", ":")))
