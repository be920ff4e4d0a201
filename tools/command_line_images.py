"""Write the pictures of docs/command-line.md: what `watch` and `check` show, from recorded values."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console, RenderableType

from cdk_image_distribution_cli import check_report
from cdk_image_distribution_cli.checks import Outcome, Result
from cdk_image_distribution_cli.progress import Copy, CopyState, Distribution, Progress, State, Target
from cdk_image_distribution_cli.remedies import remedy_for
from cdk_image_distribution_cli.terminal_view import render

FOLDER = Path(__file__).parent.parent / "docs" / "images"
ACCOUNT, OTHER_ACCOUNT = "123456789012", "210987654321"
STACK_ID = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/GoldenImage/0a1b2c3d"
_WIDTH = 104
# Of the SVG's elements; without it rich makes a new one from the content.
_ID = "cdk-image-distribution"


def watch() -> RenderableType:
    """Return a round of `watch`: one distribution runs, one is available, one failed."""
    denied = "The KMS key alias/golden is not accessible."
    copies = (
        Copy(Target("eu-west-1", ACCOUNT), CopyState.AVAILABLE, "ami-0a1b2c3d4e5f60718", 100),
        Copy(Target("eu-central-1", ACCOUNT), CopyState.COPYING, "ami-0b2c3d4e5f6071829", 71),
        Copy(Target("us-east-1", ACCOUNT), CopyState.COPYING, "ami-0c3d4e5f607182930", 38),
        Copy(Target("us-east-1", OTHER_ACCOUNT), CopyState.WAITING),
    )
    failed = Copy(Target("us-east-1", ACCOUNT), CopyState.FAILED, reason=denied, remedy=remedy_for(denied))
    distributions = (
        Distribution(
            STACK_ID,
            "Linux0A",
            "Linux",
            State.DISTRIBUTING,
            status="DISTRIBUTING",
            elapsed=725,
            timeout=3300,
            copies=copies,
        ),
        Distribution(STACK_ID, "Gpu0A", "Gpu", State.AVAILABLE, elapsed=612, timeout=3300, copies=copies[:1]),
        Distribution(STACK_ID, "Windows0A", "Windows", State.FAILED, elapsed=340, timeout=7200, copies=(failed,)),
    )
    return render(Progress(0, "GoldenImage", "CREATE_IN_PROGRESS", 0, True, False, distributions))


def check() -> RenderableType:
    """Return the table of `check`: most pass, one fails, one is unknown."""
    return check_report.table(
        [
            Result("account", ACCOUNT, Outcome.PASS, f"The caller is arn:aws:iam::{ACCOUNT}:user/platform."),
            Result("source AMI", "ami-0123456789abcdef0", Outcome.PASS, "ami-0123456789abcdef0 is available."),
            Result("Region", "eu-west-1", Outcome.PASS, "It is enabled."),
            Result(
                "Region",
                "me-central-1",
                Outcome.FAIL,
                "It is not enabled.",
                "Enable the Region for the account, or leave it out.",
            ),
            Result("KMS key", "alias/golden in us-east-1", Outcome.PASS, "It is enabled."),
            Result("AMI quota", "us-east-1", Outcome.PASS, "412 AMIs and 2 new ones, of 50000."),
            Result(
                "target role",
                OTHER_ACCOUNT,
                Outcome.UNKNOWN,
                f"Account {OTHER_ACCOUNT} is another one. Pass --role-name to read it.",
                "Check that the account has EC2ImageBuilderDistributionCrossAccountRole, or pass --role-name.",
            ),
            Result("permissions", "caller, to deploy GoldenImage", Outcome.PASS, "All actions are allowed."),
        ]
    )


def svg(renderable: RenderableType, title: str) -> str:
    """Return the picture of a terminal that shows something."""
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(renderable)
    drawn = console.export_svg(title=title, unique_id=_ID)
    # A reader's browser loads no fonts from elsewhere; the terminal's own are near enough.
    return re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL)


def pictures() -> dict[Path, str]:
    """Return the content of each file."""
    return {
        FOLDER / "watch.svg": svg(watch(), "cdk-image-distribution watch GoldenImage"),
        FOLDER / "check.svg": svg(check(), "cdk-image-distribution check"),
    }


def main() -> int:
    """Write the files.

    Returns:
        The exit code.
    """
    FOLDER.mkdir(exist_ok=True)
    for path, content in pictures().items():
        path.write_text(content, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
