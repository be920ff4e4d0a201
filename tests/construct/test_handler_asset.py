"""The Lambda's code: small, the same everywhere, complete."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from aws_cdk import FileSystem

from benchmarks.asset import zipped_bytes
from cdk_image_distribution import _handler_asset as handler_asset


def test_the_asset_is_at_most_30_kilobytes_zipped() -> None:
    """Zipped as CDK does, by deflate; it is 17 MB with boto3 in it."""
    assert zipped_bytes(handler_asset.assemble()) <= 30_000


def test_the_asset_has_code_and_the_model_and_nothing_else() -> None:
    """No byte code, no type stubs, no metadata."""
    folder = handler_asset.assemble()
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    model = "handler/models/imagebuilder/2019-12-02/service-2.json"
    assert {"handler/index.py", "crhelper/resource_helper.py", model} <= files
    assert {Path(file).suffix for file in files - {model}} == {".py"}


def test_two_builds_have_the_same_hash(tmp_path: Path) -> None:
    """Another process, another locale and hash seed, and no botocore: the hash is CDK's own, of the content."""
    program = (
        "import shutil, sys; sys.modules['botocore'] = None; sys.modules['boto3'] = None;"
        "from cdk_image_distribution._handler_asset import assemble;"
        "shutil.copytree(assemble(), sys.argv[1])"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C", "PYTHONUTF8": "0"}
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "again")], check=True, env=environment)
    assert FileSystem.fingerprint(str(handler_asset.assemble())) == FileSystem.fingerprint(str(tmp_path / "again"))


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without crhelper beside it the construct says what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda package: None)
    with pytest.raises(ModuleNotFoundError, match=r"crhelper must be installed .*: pip install crhelper"):
        handler_asset._package_folder("crhelper")


class Runs(ast.NodeTransformer):
    """Leaves of a module what runs: no docstring, no annotation of a function, no import for type checkers."""

    def visit(self, node: ast.AST) -> ast.AST | None:
        """Take those parts out of a node and what is below it."""
        self.generic_visit(node)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            del node.body[0]
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.body:
            node.body.append(ast.Pass())
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
        is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        return None if is_for_types else node


def code_of(source: str) -> str:
    """Return what a module's source does, with the line of each expression."""
    tree = ast.parse(source)
    Runs().visit(tree)
    lines = [(type(node).__name__, node.lineno) for node in ast.walk(tree) if isinstance(node, ast.expr)]
    return ast.dump(tree) + str(lines)


@pytest.mark.parametrize(("name", "package"), [("handler", "cdk_image_distribution_handler"), ("crhelper", "crhelper")])
def test_the_assets_code_is_the_packages_line_by_line(name: str, package: str) -> None:
    """What runs is the same, and so are the lines of a traceback; docstrings and annotations are left out."""
    folder = handler_asset.assemble() / name
    modules = [path for path in resources.files(package).iterdir() if path.name.endswith(".py")]
    assert {path.name for path in modules} == {path.name for path in folder.glob("*.py")}
    for module in modules:
        assembled = (folder / module.name).read_text()
        assert code_of(assembled) == code_of(module.read_text())
        assert '"""' not in assembled
