"""Where the programs are that a local AWS runs; all of them are made by `make`."""

import os
import shutil
from pathlib import Path

from local_aws.errors import LocalAwsError

REPOSITORY = Path(__file__).resolve().parent.parent
PYTHON_VARIABLE = "LOCAL_AWS_PYTHON"
CDK_VARIABLE = "LOCAL_AWS_CDK"


def ministack_python() -> Path:
    """The Python interpreter that has ministack.

    Raises:
        LocalAwsError: It was not made yet.
    """
    given = os.environ.get(PYTHON_VARIABLE)
    python = Path(given) if given else REPOSITORY / ".venv-local-aws" / "bin" / "python"
    if not python.exists():
        raise LocalAwsError(
            f"the local AWS needs ministack in an environment of its own, and {python} is not there: "
            f"run `make` in {REPOSITORY}, or name its interpreter in {PYTHON_VARIABLE}"
        )
    return python


def node_modules() -> Path:
    """The Node.js packages of this repository, in which functions find the AWS SDK as they do on AWS."""
    return REPOSITORY / "node_modules"


def cdk_cli() -> Path:
    """The CDK CLI of this repository.

    Raises:
        LocalAwsError: It was not installed yet, or Node.js is missing.
    """
    if shutil.which("node") is None:
        raise LocalAwsError("the CDK CLI needs Node.js 20 or newer, and there is no `node` on the PATH: install it")
    given = os.environ.get(CDK_VARIABLE)
    cdk = Path(given) if given else REPOSITORY / "node_modules" / ".bin" / "cdk"
    if not cdk.exists():
        raise LocalAwsError(
            f"the CDK CLI is not at {cdk}: run `make` in {REPOSITORY}, or name its path in {CDK_VARIABLE}"
        )
    return cdk
