"""What `watch` prints: on a terminal, as lines, as JSON."""

from __future__ import annotations

import io
import json
from dataclasses import replace

from rich.console import Console

from cdk_image_distribution_cli.json_output import JsonView, progress_object
from cdk_image_distribution_cli.line_view import LineView
from cdk_image_distribution_cli.progress import Copy, CopyState, Distribution, Progress, State, Target
from cdk_image_distribution_cli.terminal_view import TerminalView, render

from .fake_aws import ACCOUNT, OTHER_ACCOUNT, START

STACK_ID = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/Golden/1"
COPYING = Copy(Target("us-east-1", ACCOUNT), CopyState.COPYING, "ami-2", 42)
RUNNING = Distribution(
    STACK_ID,
    "Distribution0A",
    "Distribution",
    State.DISTRIBUTING,
    image_arn="arn:aws:imagebuilder:eu-west-1:123456789012:image/golden/1.0.0/1",
    status="DISTRIBUTING",
    started=START - 725,
    elapsed=725,
    timeout=3300,
    copies=(
        Copy(Target("eu-west-1", ACCOUNT), CopyState.AVAILABLE, "ami-1", 100),
        COPYING,
        Copy(Target("us-east-1", OTHER_ACCOUNT), CopyState.UNKNOWN, reason="Account is another one."),
    ),
)
FAILED = replace(
    RUNNING,
    name="Broken",
    logical_id="Broken0A",
    state=State.FAILED,
    status="FAILED",
    copies=(
        Copy(Target("us-east-1", ACCOUNT), CopyState.FAILED, reason="FAILED: No key.", remedy="Let the role use it."),
    ),
)
PROGRESS = Progress(
    START, "Golden", "CREATE_IN_PROGRESS", START, True, False, (RUNNING, FAILED), ("GetImage: throttled",)
)


def terminal(progress: Progress, lines: int | None = None) -> str:
    """Return the text that a terminal of 120 columns shows."""
    console = Console(record=True, width=120, force_terminal=True, file=io.StringIO())
    console.print(render(progress, lines))
    return console.export_text()


def many(running: int, available: int) -> Progress:
    """Return a stack with many distributions, the last of which failed."""
    found = [replace(RUNNING, name=f"Running{number}") for number in range(running)]
    found += [replace(RUNNING, name=f"Done{number}", state=State.AVAILABLE) for number in range(available)]
    return replace(PROGRESS, distributions=(*found, FAILED), notes=())


def test_terminal_shows_state_time_and_the_bar_of_each_target() -> None:
    """One line for the distribution, one for each Region and account."""
    lines = terminal(PROGRESS).splitlines()
    assert lines[0].split() == ["Golden", "CREATE_IN_PROGRESS"]
    assert lines[1].split() == ["●", "Distribution", "distributing", "12", "min", "5", "s", "of", "55", "min"]
    home, copying, other = (line.split() for line in lines[2:5])
    assert home[0] == "eu-west-1" and home[-3:] == ["100%", "available", "ami-1"]
    assert copying[0] == "us-east-1" and copying[-3:] == ["42%", "copying", "ami-2"]
    assert copying[1].count("━") == 24 or "╸" in copying[1] or "╺" in copying[1]
    assert other[0] == f"us-east-1/{OTHER_ACCOUNT}" and other[-1] == "unknown"


def test_terminal_shows_the_reason_of_a_region_with_its_remedy() -> None:
    """Below the bars, where there is room for it."""
    text = terminal(PROGRESS)
    assert "us-east-1: FAILED: No key." in text
    assert "→ Let the role use it." in text
    assert "Not read: GetImage: throttled" in text


def test_small_terminal_shows_one_line_for_each_distribution() -> None:
    """The bar is the mean of its copies."""
    lines = terminal(many(2, 2), lines=6).splitlines()
    assert len(lines) == 6
    assert "1 of 3 AMIs" in lines[1]


def test_smaller_terminal_counts_what_is_available_and_keeps_failures() -> None:
    """What failed comes first."""
    lines = terminal(many(200, 50), lines=20).splitlines()
    assert len(lines) == 21
    assert "Broken" in lines[1]
    assert lines[-1].strip() == "and 182 distributing, 50 available"


def test_last_frame_shows_everything() -> None:
    """It stays on the terminal after the program has ended."""
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, color_system=None, width=120, height=8)
    done = replace(many(0, 30), in_progress=False)
    with TerminalView(console) as view:
        view.show(replace(done, in_progress=True, distributions=(RUNNING, *done.distributions)))
        view.show(done)
    assert all(f"Done{number} " in output.getvalue() for number in range(30))


def test_terminal_waits_for_the_deployment() -> None:
    """Before the stack exists."""
    assert "Waiting for the deployment of Golden" in terminal(Progress(START, "Golden"))


def test_lines_are_printed_for_changes_only() -> None:
    """Progress within a quarter, and elapsed time, are no change."""
    printed: list[str] = []
    view = LineView(printed.append)
    view.show(PROGRESS)
    first = list(printed)
    later = replace(RUNNING, elapsed=999, copies=(replace(COPYING, percent=44),))
    view.show(replace(PROGRESS, time=START + 5, distributions=(later, FAILED)))
    assert printed == first
    later = replace(later, copies=(replace(COPYING, percent=51),))
    view.show(replace(PROGRESS, time=START + 60, distributions=(later, FAILED)))
    assert printed[len(first) :] == ["08:01:00Z Distribution us-east-1 copying 50% ami-2"]


def test_lines_name_state_place_reason_and_remedy() -> None:
    """Each line can be read alone."""
    printed: list[str] = []
    LineView(printed.append).show(PROGRESS)
    assert [line.removeprefix("08:00:00Z ") for line in printed] == [
        "Golden CREATE_IN_PROGRESS",
        "Distribution distributing",
        "Distribution eu-west-1 available ami-1",
        "Distribution us-east-1 copying 25% ami-2",
        f"Distribution us-east-1/{OTHER_ACCOUNT} unknown: Account is another one.",
        "Broken failed after 12 min 5 s",
        "Broken us-east-1 failed: FAILED: No key. Let the role use it.",
        "not read: GetImage: throttled",
    ]


def test_json_has_a_line_for_each_change() -> None:
    """Time alone is no change."""
    printed: list[str] = []
    view = JsonView(printed.append)
    view.show(PROGRESS)
    view.show(replace(PROGRESS, time=START + 5, distributions=(replace(RUNNING, elapsed=730), FAILED)))
    view.show(replace(PROGRESS, distributions=(FAILED,)))
    assert [len(json.loads(line)["distributions"]) for line in printed] == [2, 1]


def test_json_of_a_round() -> None:
    """Absent values are null."""
    found = progress_object(PROGRESS)
    assert {key: value for key, value in found.items() if key != "distributions"} == {
        "time": "2027-01-15T08:00:00+00:00",
        "stack": "Golden",
        "stackStatus": "CREATE_IN_PROGRESS",
        "ended": False,
        "notRead": ["GetImage: throttled"],
    }
    distribution = found["distributions"][0]
    assert distribution["elapsedSeconds"] == 725
    assert distribution["reason"] is None
    assert distribution["copies"][1] == {
        "region": "us-east-1",
        "account": ACCOUNT,
        "state": "copying",
        "amiId": "ami-2",
        "percent": 42,
        "reason": None,
        "remedy": None,
    }
