"""A project of somebody else, outside this repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from local_aws.environment import without_foreign

from ..environments import ROOT
from .pages import page

PAGE = "docs/local-aws.md"


class UserProject:
    """A folder with the tests of the page, or others, and the app that they deploy.

    Attributes:
        folder: Where it is.
        python: The interpreter that its tests run with: this one, which has the local AWS, unless another is set.
    """

    def __init__(self, folder: Path) -> None:
        """Make the folder, with the page's files in it."""
        self.folder = folder
        self.python = Path(sys.executable)
        folder.mkdir()
        for fence in page(PAGE).fences:
            if fence.file:
                (folder / fence.file).write_text(fence.code)
        shutil.copy(ROOT / "app.py", folder)

    def install_node_packages(self) -> None:
        """Give it what `npm install` would, without a network."""
        (self.folder / "node_modules").symlink_to(ROOT / "node_modules")

    def path_without(self, program: str) -> str:
        """A PATH on which a program is not."""
        folders = os.environ["PATH"].split(os.pathsep)
        return os.pathsep.join(folder for folder in folders if not (Path(folder) / program).exists())

    def pytest(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run pytest in it, in a shell in which its environment is active and nothing is set for the tests here."""
        ours = {name for name in os.environ if name.startswith(("PYTEST", "PYTHON", "LOCAL_AWS"))}
        clean = {name: value for name, value in without_foreign(dict(os.environ)).items() if name not in ours}
        given = {**clean, **variables}
        path = os.pathsep.join([str(self.python.parent), given["PATH"]])
        return subprocess.run(
            [str(self.python), "-m", "pytest", "-p", "no:cacheprovider", *arguments],
            cwd=self.folder,
            env={**given, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
