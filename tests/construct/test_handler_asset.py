"""The Lambda's code: small, the same everywhere, complete."""

from __future__ import annotations

import ast
import json
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


def test_an_asset_that_is_not_staged_outlives_the_synthesis(tmp_path: Path) -> None:
    """As with --no-staging: the assembly's asset is there when the app's process has ended, once for all stacks."""
    program = (
        "import sys, aws_cdk, cdk_image_distribution;"
        "app = aws_cdk.App(outdir=sys.argv[1], context={'aws:cdk:disable-asset-staging': True});"
        "provider = cdk_image_distribution.ImageDistributionProvider;"
        "[provider(aws_cdk.Stack(scope, 'Stack'), 'Provider') for scope in (app, aws_cdk.Stage(app, 'Stage'))];"
        "app.synth()"
    )
    # What an earlier version left there.
    stale = tmp_path / "cdk-image-distribution-handler" / "old.py"
    stale.parent.mkdir()
    stale.touch()
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)
    manifests = [json.loads(path.read_text()) for path in tmp_path.rglob("*.assets.json")]
    sources = {file["source"]["path"] for it in manifests for file in it["files"].values() if "zip" in str(file)}
    (source,) = sources
    assert FileSystem.fingerprint(source) == FileSystem.fingerprint(str(handler_asset.assemble()))


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without crhelper beside it the construct says what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda package: None)
    with pytest.raises(ModuleNotFoundError, match=r"crhelper must be installed .*: pip install crhelper"):
        handler_asset._package_folder("crhelper")


class Runs(ast.NodeTransformer):
    """Leaves of a module what runs: no docstring, no annotation, no import for types."""

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
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            return ast.copy_location(ast.Assign([node.target], node.value), node)
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.copy_location(ast.Constant(0), node.annotation)
        is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        is_import = isinstance(node, ast.ImportFrom) and node.module in ("__future__", "collections.abc", "typing")
        return None if is_for_types or is_import else node


def running(source: str) -> ast.Module:
    """Return what of a module runs."""
    tree = ast.parse(source)
    Runs().visit(tree)
    return tree


def code_of(source: str) -> str:
    """Return what a module's source does, with the line of each expression."""
    tree = running(source)
    lines = [(type(node).__name__, node.lineno) for node in ast.walk(tree) if isinstance(node, ast.expr)]
    return ast.dump(tree) + str(lines)


@pytest.mark.parametrize(("name", "package"), [("handler", "cdk_image_distribution_handler"), ("crhelper", "crhelper")])
def test_the_assets_code_is_the_packages_line_by_line(name: str, package: str) -> None:
    """What runs is the same, and so are the lines of a traceback; docstrings and annotations are left out."""
    folder = handler_asset.assemble() / name
    left_out = set(handler_asset._WITHOUT_CODE if name == "handler" else ())
    modules = [path for path in resources.files(package).iterdir() if path.name.endswith(".py")]
    assert {path.name for path in modules} == {path.name for path in folder.glob("*.py")} | left_out
    for module in modules:
        if module.name not in left_out:
            assembled = (folder / module.name).read_text()
            assert code_of(assembled) == code_of(module.read_text())
            assert '"""' not in assembled


@pytest.mark.parametrize("file", handler_asset._WITHOUT_CODE)
def test_a_file_that_the_asset_lacks_defines_types_alone(file: str) -> None:
    """The contract, protocols and typed dictionaries: nothing that another module could call."""
    tree = running(resources.files("cdk_image_distribution_handler").joinpath(file).read_text())
    assert all(isinstance(node, ast.ClassDef) for node in tree.body)
    bases = {ast.unparse(base) for node in tree.body if isinstance(node, ast.ClassDef) for base in node.bases}
    assert bases <= {"Protocol", "TypedDict", "RetryState"}


def test_the_assets_code_uses_no_name_that_its_imports_lack() -> None:
    """As a linter sees it: what only annotations name is not imported."""
    folder = handler_asset.assemble() / "handler"
    for path in folder.rglob("*.py"):
        kept = path.read_text()
        imports = [ast.unparse(node) for node in ast.parse(kept).body if isinstance(node, ast.ImportFrom)]
        source = "\n".join([*imports, ast.unparse(running(kept))])
        linter = ["ruff", "check", "--isolated", "--select=F821", "--quiet", "-"]
        linted = subprocess.run(linter, input=source, capture_output=True, text=True, check=False)
        assert linted.returncode == 0, f"{path.name}: {linted.stdout}"
