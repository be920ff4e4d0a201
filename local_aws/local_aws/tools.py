"""The programs and packages for Node.js that a local AWS needs: those of the project that uses it."""

import os
import shutil
from pathlib import Path

from local_aws.errors import LocalAwsError

CDK_VARIABLE = "LOCAL_AWS_CDK"
_PROGRAM = Path(".bin", "cdk")


def cdk_cli(folder: Path) -> Path:
    """Return the CDK CLI of a project: in node_modules of a folder, of the current one or of one above, or on the PATH.

    Raises:
        LocalAwsError: There is none, or Node.js is missing.
    """
    if shutil.which("node") is None:
        raise LocalAwsError("the CDK CLI needs Node.js 20 or newer, and there is no `node` on the PATH: install it")
    given = os.environ.get(CDK_VARIABLE)
    if given:
        if not Path(given).exists():
            raise LocalAwsError(f"{CDK_VARIABLE} must name the CDK CLI, got {given}, which does not exist")
        return Path(given)
    found = [modules / _PROGRAM for modules in node_modules(folder) if (modules / _PROGRAM).exists()]
    on_path = shutil.which("cdk")
    if found or on_path:
        return found[0] if found else Path(str(on_path))
    raise LocalAwsError(
        f"the CDK CLI is neither in node_modules of {Path.cwd()} or a folder above, nor on the PATH: run "
        f"`npm install aws-cdk@2`, or name its path in {CDK_VARIABLE}"
    )


def node_modules(folder: Path) -> list[Path]:
    """Return the folders with Node.js packages that a program finds in a folder, and those of the current one."""
    places = dict.fromkeys([folder, *folder.parents, Path.cwd(), *Path.cwd().parents])
    return [place / "node_modules" for place in places if (place / "node_modules").is_dir()]
