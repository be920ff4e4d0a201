"""The Lambda's code: small, the same everywhere, complete."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from aws_cdk import FileSystem
from botocore.session import Session

from benchmarks.asset import zipped_bytes
from cdk_image_distribution import _handler_asset as handler_asset
from cdk_image_distribution._service_model import OPERATIONS


def test_the_asset_is_at_most_30_kilobytes_zipped() -> None:
    """Zipped as CDK does, by deflate; it is 17 MB with boto3 in it."""
    assert zipped_bytes(handler_asset.assemble()) <= 30_000


def test_the_asset_has_code_and_the_model_and_nothing_else() -> None:
    """No byte code, no type stubs, no metadata."""
    folder = handler_asset.assemble()
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    model = "cdk_image_distribution_handler/models/imagebuilder/2019-12-02/service-2.json"
    assert {"cdk_image_distribution_handler/index.py", "crhelper/resource_helper.py", model} <= files
    assert {Path(file).suffix for file in files - {model}} == {".py"}


def test_two_builds_have_the_same_hash(tmp_path: Path) -> None:
    """The hash, CDK's own, depends on the content only: another process, another folder, another hash seed."""
    program = (
        "import shutil, sys; from cdk_image_distribution._handler_asset import assemble;"
        "shutil.copytree(assemble(), sys.argv[1])"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "again")],
        check=True,
        env={"PYTHONHASHSEED": "7", "PATH": "", "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20"}
        | {"PATH": str(Path(sys.executable).parent) + ":/usr/local/bin:/usr/bin:/bin"},
    )
    assert FileSystem.fingerprint(str(handler_asset.assemble())) == FileSystem.fingerprint(str(tmp_path / "again"))


def test_the_reduced_model_describes_each_operation_as_botocores_own() -> None:
    """Shape by shape, what the asset's model says of an operation is what the whole model says."""
    reduced = Session()
    reduced.set_config_variable("data_path", str(handler_asset.assemble() / "cdk_image_distribution_handler/models"))
    ours, whole = (session.get_service_model("imagebuilder") for session in (reduced, Session()))
    assert set(ours.operation_names) == set(OPERATIONS)
    for name in OPERATIONS:
        left, right = ours.operation_model(name), whole.operation_model(name)
        assert left.http == right.http
        for shape in ("input_shape", "output_shape"):
            assert list(getattr(left, shape).members) == list(getattr(right, shape).members)
        assert [error.name for error in left.error_shapes] == [error.name for error in right.error_shapes]


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without crhelper beside it the construct says what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda package: None)
    with pytest.raises(ModuleNotFoundError, match=r"crhelper must be installed .*: pip install crhelper"):
        handler_asset._package_folder("crhelper")


def code_of(source: str) -> str:
    """Return what a module's source does, with the line of each statement and without docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            del node.body[0]
        if isinstance(node, ast.ClassDef) and not node.body:
            node.body.append(ast.Pass())
    places = [(type(node).__name__, node.lineno) for node in ast.walk(tree) if isinstance(node, ast.expr)]
    return ast.dump(tree) + str(places)


@pytest.mark.parametrize("package", ["cdk_image_distribution_handler", "crhelper"])
def test_the_assets_code_is_the_packages_line_by_line(package: str) -> None:
    """Only docstrings and comments are left out: what runs is the same, and so are the lines of a traceback."""
    folder = handler_asset.assemble() / package
    modules = [path for path in resources.files(package).iterdir() if path.name.endswith(".py")]
    assert {path.name for path in modules} == {path.name for path in folder.glob("*.py")}
    for module in modules:
        assembled = (folder / module.name).read_text()
        assert code_of(assembled) == code_of(module.read_text())
        assert '"""' not in assembled
