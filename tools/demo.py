"""`make demo`: the example app deployed, looked at and destroyed, with nothing but this machine."""

import re
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local_aws.errors import LocalAwsError
from local_aws.image_builder.outcome import Outcome
from local_aws.leftovers import leftovers
from local_aws.running import LocalAws

from .demo_watch import DemoWatch

_ROOT = Path(__file__).resolve().parent.parent
_STACK = "GoldenImage"
# Long enough to be seen; on AWS it is minutes to hours.
_OUTCOME = Outcome(pending=1, distributing=9, integrating=1)
_WIDTH = 100
_TIMEOUT_SECONDS = 300
# A line of `--progress events`: stack | done | time | status | type | resource.
_EVENT = re.compile(r"^\S+ +\| +[\d/]+ +\| (?P<time>.+?) +\| (?P<status>\S+) +\| (?P<type>\S+) +\| (?P<what>.*)$")
_LOGICAL_ID = re.compile(r" \(\w+\) ?$")


def main() -> int:
    """Run the demo on the terminal.

    Returns:
        The exit code.
    """
    console = Console(highlight=False, soft_wrap=True)
    # On a narrow terminal lines wrap; cut short, the ids in the table would be of no use.
    console.width = max(console.width, _WIDTH)
    began = time.monotonic()
    try:
        with LocalAws() as aws:
            left = _show(console, aws, began)
    except LocalAwsError as problem:
        console.print(Text(str(problem), style="red"))
        return 1
    except KeyboardInterrupt:
        return 130
    console.print(f"\n[dim]{time.monotonic() - began:.0f} seconds in all. The local AWS is gone again.[/]")
    return 1 if left else 0


def _show(console: Console, aws: LocalAws, began: float) -> list[str]:
    aws.script(default=_OUTCOME)
    _step(
        console, "A local AWS", "CloudFormation, Lambda, IAM, EC2 and EC2 Image Builder, as one process of this machine"
    )
    console.print(f"  {aws.environment['AWS_ENDPOINT_URL']}, ready after {time.monotonic() - began:.1f} s")

    _step(console, "A golden AMI", f"in {aws.region}: what the app distributes")
    ami = aws.register_source_ami("golden-2026.1")
    console.print(f"  [bold]{ami}[/]")

    _step(console, "cdk bootstrap", "once for every account and Region, as on AWS")
    aws.bootstrap()
    console.print("  done")

    _step(console, f"cdk deploy -c sourceImage={ami}", "the real CDK CLI deploys app.py")
    cdk = partial(
        aws.cdk,
        app=f"{sys.executable} app.py",
        cwd=_ROOT,
        context={"sourceImage": ami},
        on_line=lambda line: _show_event(console, line),
        timeout=_TIMEOUT_SECONDS,
    )
    console.print("  [dim]Below the events: `cdk-image-distribution watch`.[/]")
    with DemoWatch(console, aws, _STACK):
        cdk("deploy", _STACK, "--require-approval", "never", "--progress", "events")

    _step(console, "What is there now", "the image of EC2 Image Builder, and what `ec2 describe-images` finds")
    image = _image(aws)
    console.print(f"  {image['arn']}  {image['state']['status']}")
    _show_image(console, aws, image)

    _step(console, "cdk destroy", "the stack goes, and the image's record with it")
    cdk("destroy", _STACK, "--force")

    _step(console, "What is left", "")
    return _show_leftovers(console, aws, image)


def _step(console: Console, title: str, explanation: str) -> None:
    console.print()
    console.print(Text.assemble(("▶ ", "cyan"), (title, "bold cyan"), (f"  {explanation}", "dim")))


def _show_event(console: Console, line: str) -> None:
    event = _EVENT.match(line)
    if event is None:
        return
    status = event["status"]
    color = "red" if "FAILED" in status or "ROLLBACK" in status else "green" if "COMPLETE" in status else "yellow"
    what = _LOGICAL_ID.sub("", event["what"]).strip()
    line_of_event = Text.assemble(
        (f"  {event['time']:>11}  ", "dim"),
        (f"{status:<19}", color),
        (f"{what:<47}", "bold" if event["type"].startswith("Custom::") else ""),
        (f" {event['type']}", "dim"),
    )
    console.print(line_of_event)


def _image(aws: LocalAws) -> dict[str, Any]:
    stacks = aws.client("cloudformation").describe_stacks(StackName=_STACK)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}
    found = aws.client("imagebuilder").get_image(imageBuildVersionArn=outputs["ImageArn"])
    image: dict[str, Any] = found["image"]
    return image


def _show_image(console: Console, aws: LocalAws, image: dict[str, Any]) -> None:
    table = Table(box=None, padding=(0, 1, 0, 2), header_style="dim")
    for heading in ("Region", "AMI", "Name", "State"):
        table.add_column(heading, no_wrap=True)
    for copy in image["outputResources"]["amis"]:
        found = aws.client("ec2", copy["region"]).describe_images(ImageIds=[copy["image"]])["Images"]
        for ami in found:
            table.add_row(copy["region"], f"[bold]{ami['ImageId']}[/]", ami["Name"], ami["State"])
    console.print(table)


def _show_leftovers(console: Console, aws: LocalAws, image: dict[str, Any]) -> list[str]:
    left = leftovers(aws)
    what = "images, EventBridge rules, functions, roles or log groups of the stack"
    if left:
        console.print(Text(f"  ✗ {', '.join(left)}", style="red"))
    else:
        console.print(f"  [green]✓[/] nothing: no {what}")
    amis = image["outputResources"]["amis"]
    console.print(
        f"  [green]✓[/] {len(amis)} AMIs in {len({ami['region'] for ami in amis})} Regions stay, by design: "
        "a launch template may point at them by now.\n"
        "    With [bold]auto_delete_amis=True[/] they and their snapshots go with the stack."
    )
    return left


if __name__ == "__main__":
    sys.exit(main())
