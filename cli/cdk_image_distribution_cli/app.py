"""The commands: their options, what they print, and their exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer
from botocore.exceptions import BotoCoreError
from rich.console import Console

from . import check_report, checks, exit_codes, images_report, retry_report
from .assembly import read_stacks
from .aws import Aws
from .clock import Clock, SystemClock
from .errors import Unread, UsageError
from .exit_codes import ExitCode
from .images import started_images
from .json_output import JsonView
from .line_view import LineView
from .observer import Observer
from .retry import retry as retry_images
from .stack import DISTRIBUTION
from .terminal_view import TerminalView
from .watch import View
from .watch import watch as watch_stack

# typer reads the annotations when the program runs, so what they name is imported.
ProfileOption = Annotated[str | None, typer.Option("--profile", help="Profile of the AWS CLI's configuration.")]
RegionOption = Annotated[str | None, typer.Option("--region", help="Region of the stack.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RoleOption = Annotated[str, typer.Option("--role-name", help="Role to assume in other accounts, to read them.")]
StackArgument = Annotated[str, typer.Argument(metavar="STACK", help="Name or ARN of the stack.")]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Watch, check, list and retry the AMI distributions of cdk-image-distribution.",
)


@dataclass(frozen=True)
class Machine:
    """What the commands run on. Tests pass their own as the context's object.

    Attributes:
        make_session: Makes a boto3 session of a profile and a Region, either None for the default.
        clock: The clock.
        make_console: Makes the console of the standard output.
    """

    make_session: Callable[[str | None, str | None], boto3.Session] = lambda profile, region: boto3.Session(
        profile_name=profile, region_name=region
    )
    clock: Clock = SystemClock()  # noqa: RUF009  # it has no state
    make_console: Callable[[], Console] = Console

    def aws(self, profile: str | None, region: str | None, role_name: str = "") -> Aws:
        """Return AWS with the credentials of a profile.

        Raises:
            UsageError: There is no such profile, or no Region.
        """
        try:
            session = self.make_session(profile, region)
        except BotoCoreError as error:
            raise UsageError(f"{error}.") from error
        if not session.region_name:
            raise UsageError("The Region must be known. Pass --region, or set AWS_REGION.")
        return Aws(session, role_name)


@app.command()
def watch(
    context: typer.Context,
    stack: StackArgument,
    interval: Annotated[float, typer.Option(min=1, help="Seconds between two reads.")] = 5,
    start_within: Annotated[
        float, typer.Option(min=0, help="Minutes to wait for the deployment to begin if there is no stack.")
    ] = 15,
    next_: Annotated[bool, typer.Option("--next", help="Wait for the stack's next deployment to begin.")] = False,
    role_name: RoleOption = "",
    json_: JsonOption = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
) -> None:
    """Show the distributions of STACK until all have ended."""
    machine = _machine(context)

    def run() -> ExitCode:
        console = machine.make_console()
        observer = Observer(machine.aws(profile, region, role_name), stack, machine.clock)
        view: TerminalView | None = TerminalView(console) if console.is_terminal and not json_ else None
        with view or nullcontext():
            shown: View = view or (JsonView(_print) if json_ else LineView(_print))
            last = watch_stack(
                observer.observe,
                machine.clock,
                shown,
                interval=interval,
                start_within=start_within * 60,
                next_operation=next_,
            )
        if not last.has_begun:
            raise Unread(f"No deployment of {stack} began within {start_within:g} minutes.")
        if not last.distributions:
            raise UsageError(f"{stack} has no ImageDistribution.")
        return exit_codes.of_progress(last)

    _exit(run)


@app.command()
def check(
    context: typer.Context,
    cdk_out: Annotated[Path, typer.Argument(metavar="[CDK_OUT]", help="The synthesised app.")] = Path("cdk.out"),
    allow_unknown: Annotated[
        bool, typer.Option("--allow-unknown", help="Exit with 0 although some checks are unknown.")
    ] = False,
    role_name: RoleOption = "",
    json_: JsonOption = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
) -> None:
    """Check before a deployment what the distributions of CDK_OUT need in AWS. Changes nothing."""
    machine = _machine(context)

    def run() -> ExitCode:
        stacks = read_stacks(cdk_out)
        if not any(item["Type"] == DISTRIBUTION for it in stacks for item in it.template.get("Resources", {}).values()):
            raise UsageError(f"{cdk_out} has no ImageDistribution.")
        results = checks.run(machine.aws(profile, region, role_name), stacks)
        console = machine.make_console()
        if json_:
            _print(json.dumps(check_report.report(results)))
        elif console.is_terminal:
            console.print(check_report.table(results))
        else:
            _print_all(check_report.lines(results))
        outcomes = {result.outcome for result in results}
        return exit_codes.of_outcomes(
            failed=checks.Outcome.FAIL in outcomes,
            unknown=checks.Outcome.UNKNOWN in outcomes and not allow_unknown,
        )

    _exit(run)


@app.command("list")
def list_(
    context: typer.Context, json_: JsonOption = False, profile: ProfileOption = None, region: RegionOption = None
) -> None:
    """List every image that the construct started in the account and Region."""
    machine = _machine(context)

    def run() -> ExitCode:
        found = started_images(machine.aws(profile, region))
        console = machine.make_console()
        if json_:
            _print(json.dumps(images_report.report(found)))
        elif found and console.is_terminal:
            console.print(images_report.table(found, machine.clock.now()))
        else:
            _print_all(images_report.lines(found, machine.clock.now()))
        return exit_codes.of_outcomes(failed=False, unknown=any(item.problem for item in found))

    _exit(run)


@app.command()
def retry(
    context: typer.Context,
    stack: StackArgument,
    distribution: Annotated[
        list[str] | None, typer.Option(help="Name or logical id of the only one to retry; may be repeated.")
    ] = None,
    json_: JsonOption = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
) -> None:
    """Run the failed distributions of STACK again, each in place."""
    machine = _machine(context)

    def run() -> ExitCode:
        retries = retry_images(machine.aws(profile, region), stack, distribution or ())
        if json_:
            _print(json.dumps(retry_report.report(retries)))
        else:
            _print_all(retry_report.lines(retries))
        return exit_codes.of_outcomes(
            failed=any(item.problem and not item.unread for item in retries),
            unknown=any(item.unread for item in retries),
        )

    _exit(run)


def _machine(context: typer.Context) -> Machine:
    return context.obj if isinstance(context.obj, Machine) else Machine()


def _exit(run: Callable[[], ExitCode]) -> None:
    """Run a command and exit with its code."""
    try:
        code = run()
    except UsageError as error:
        typer.echo(str(error), err=True)
        code = ExitCode.USAGE
    except Unread as error:
        typer.echo(str(error), err=True)
        code = ExitCode.UNKNOWN
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    raise typer.Exit(int(code))


def _print(line: str) -> None:
    # A script that reads the lines gets each as it comes.
    print(line, flush=True)


def _print_all(lines: Any) -> None:
    for line in lines:
        _print(line)
