"""The server's Python, in an environment of its own: ministack pins an older botocore than its users have."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from local_aws.errors import LocalAwsError

PYTHON_VARIABLE = "LOCAL_AWS_PYTHON"
_REQUIREMENTS = Path(__file__).with_name("server-requirements.txt")
_CACHE = "cdk-image-distribution-local-aws"
_COMPLETE = "complete"
_TAIL_CHARACTERS = 2000


def server_python() -> Path:
    """Return an interpreter that has ministack; the first use on a machine makes its environment.

    Raises:
        LocalAwsError: It cannot be made, or the one that is given does not exist.
    """
    given = os.environ.get(PYTHON_VARIABLE)
    if given:
        if not Path(given).exists():
            raise LocalAwsError(
                f"{PYTHON_VARIABLE} must name a Python interpreter that has ministack, got {given}, which does not "
                "exist. Without the variable, one is made."
            )
        return Path(given)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / _CACHE
    return _made(cache / _name())


def _name() -> str:
    """A name for the environment, which is another one for other requirements and for another Python."""
    parts = (_REQUIREMENTS.read_text(), sys.version, sys.base_prefix)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _made(folder: Path) -> Path:
    python = folder / "bin" / "python"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        # Another process may be making it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ((folder / _COMPLETE).exists() and python.exists()):
            print(f"The local AWS installs its server into {folder}, once.", file=sys.stderr)
            _run([sys.executable, "-m", "venv", "--clear", str(folder)])
            pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
            _run([str(python), *pip, "-r", str(_REQUIREMENTS)])
            (folder / _COMPLETE).touch()
    return python


def _run(command: Sequence[str]) -> None:
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise LocalAwsError(
            "the local AWS could not install its server. Repair what pip reports and try again, or name an interpreter "
            f"that has {_REQUIREMENTS} in {PYTHON_VARIABLE}\n{(finished.stdout + finished.stderr)[-_TAIL_CHARACTERS:]}"
        )
