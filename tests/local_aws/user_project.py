"""A project of somebody else beside a checkout, set up as docs/local-aws.md says and in no other way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from local_aws.environment import without_foreign
from local_aws.tools import REPOSITORY
from tests.docs.pages import page

PAGE = "docs/local-aws.md"
_CHECKOUT = "cdk-image-distribution"


class UserProject:
    """A folder with the page's settings for pytest, and with the page's tests or others.

    Attributes:
        folder: Where it is.
        checkout: The checkout beside it, by the name that the page uses.
    """

    def __init__(self, parent: Path) -> None:
        """Make it in an empty folder, with this checkout beside it and the page's files in it."""
        self.folder = parent / "project"
        self.folder.mkdir()
        self.checkout = parent / _CHECKOUT
        self.checkout.symlink_to(REPOSITORY)
        for fence in page(PAGE).fences:
            if fence.file:
                (self.folder / fence.file).write_text(fence.code)
        shutil.copy(REPOSITORY / "app.py", self.folder)

    def without_tools(self) -> None:
        """Put a checkout in the place of this one in which `make install` was not run."""
        self.checkout.unlink()
        shutil.copytree(REPOSITORY / "local_aws", self.checkout / "local_aws")

    def pytest(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run pytest in it, in a shell in which this environment is active and nothing is set for the tests here."""
        ours = {name for name in os.environ if name.startswith(("PYTEST", "PYTHON", "LOCAL_AWS"))}
        clean = {name: value for name, value in without_foreign(dict(os.environ)).items() if name not in ours}
        path = os.pathsep.join([str(Path(sys.executable).parent), clean["PATH"]])
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
            cwd=self.folder,
            env={**clean, "PATH": path, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
