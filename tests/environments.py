"""Fresh Python environments for tests that need another one than their own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def make(folder: Path, *requirements: str, of: str = sys.executable) -> Path:
    """Make an environment of a Python, install into it and return its interpreter."""
    run(of, "-m", "venv", "--without-pip", str(folder))
    python = folder / "bin" / "python"
    install(python, *requirements)
    return python


def install(python: Path, *requirements: str) -> None:
    """Install into an environment with uv, which takes what pip takes and is ten times as fast."""
    uv = ["-m", "uv", "pip", "install", "--quiet", "--python", str(python)]
    run(sys.executable, *uv, *requirements)
    # aws-cdk.cloud-assembly-schema has a file of the same name, which uv may have unpacked last; pip never does.
    run(sys.executable, *uv, "--reinstall-package", "aws-cdk-lib", *requirements)


def run(python: Path | str, *arguments: str, cwd: Path = ROOT) -> str:
    """Run a program and return what it printed; what it complained of becomes the test's failure."""
    finished = subprocess.run([str(python), *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def pyproject() -> str:
    """Return pyproject.toml; there is no parser for it in Python 3.10."""
    return (ROOT / "pyproject.toml").read_text("utf-8")


def supported_pythons() -> list[str]:
    """Return the versions of Python that the package names, from the lowest to the newest."""
    return re.findall(r'"Programming Language :: Python :: (3\.\d+)"', pyproject())
