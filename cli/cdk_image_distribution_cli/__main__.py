"""The console script. It says what to install if the extra `cli` is missing."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    try:
        from .app import app
    except ModuleNotFoundError as error:
        if error.name not in ("boto3", "botocore", "rich", "typer"):
            raise
        print(f"{error.name} must be installed: pip install 'cdk-image-distribution[cli]'", file=sys.stderr)
        sys.exit(2)
    app(prog_name="cdk-image-distribution")


if __name__ == "__main__":
    main()
