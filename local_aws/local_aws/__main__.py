"""`python -m local_aws`: an AWS on this machine for a shell, until it is interrupted.

`python -m local_aws script FILE`, in a shell that has its variables, changes how distributions and calls go from then
on. FILE is JSON with lists of `outcomes`, `faults`, `deliveries`, `refused_answers` and `omissions`, a `default`
outcome, and `undocumented`; the members are those of the classes `Outcome`, `Fault`, `Delivery`, `RefusedAnswer`,
`Omission` and `Undocumented`.
"""

import argparse
import json
import os
import shlex
import signal
import sys
import time
from pathlib import Path

from local_aws.errors import LocalAwsError
from local_aws.image_builder.faults import Script
from local_aws.running import LocalAws
from local_aws.state_folder import StateFolder

# Set in the user's shell, they would win over the variables of the local AWS.
_STRONGER = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_LOOK_SECONDS = 1.0
_FOLDER = "LOCAL_AWS_FOLDER"


def main() -> int:
    """Start it, print what to paste into a shell, and run until SIGINT or SIGTERM.

    Returns:
        The exit code: 1 when it could not start, or ended by itself.
    """
    parser = argparse.ArgumentParser(
        prog="python -m local_aws", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, help="of 127.0.0.1; any that is free by default")
    parser.add_argument("--region", default="eu-west-1", help="default: %(default)s")
    parser.add_argument("--minute", type=float, metavar="SECONDS", help="how long a minute of a schedule takes")
    parser.add_argument("--script", type=Path, metavar="FILE", help="begin with the outcomes and faults of a file")
    commands = parser.add_subparsers(dest="command", metavar="script FILE")
    commands.add_parser("script", help="put a file in force while it runs").add_argument("file", type=Path)
    options = parser.parse_args()
    if options.command == "script":
        return _change_script(options.file)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        script = read_script(options.script) if options.script else None
        with LocalAws(region=options.region, port=options.port, minute=options.minute) as aws:
            if script:
                StateFolder(aws.folder).write_script(script)
            print("\n".join(shell_lines(aws)), flush=True)
            while True:
                time.sleep(_LOOK_SECONDS)
                aws.check()
    except LocalAwsError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def read_script(file: Path) -> Script:
    """Read outcomes and faults from a file.

    Raises:
        LocalAwsError: The file cannot be read, or is no script.
    """
    try:
        return Script.from_json(json.loads(file.read_text()))
    except (OSError, ValueError, TypeError, AttributeError) as problem:
        raise LocalAwsError(f"{file} must be a script in JSON: {problem}") from problem


def _change_script(file: Path) -> int:
    folder = Path(os.environ.get(_FOLDER, ""))
    try:
        if not folder.is_absolute() or not folder.is_dir():
            raise LocalAwsError(f"{_FOLDER} must name a running local AWS: paste the lines that it printed first")
        StateFolder(folder).write_script(read_script(file))
    except LocalAwsError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def shell_lines(aws: LocalAws) -> list[str]:
    """What to paste into a shell, and one line that says what for."""
    stronger = [name for name in _STRONGER if name in os.environ]
    ami = aws.register_source_ami()
    return [
        *([f"unset {' '.join(stronger)}"] if stronger else []),
        *(f"export {name}={shlex.quote(value)}" for name, value in aws.environment.items()),
        f"export {_FOLDER}={shlex.quote(str(aws.folder))}",
        f"# Paste these lines into another shell, then: "
        f"npx cdk bootstrap && npx cdk deploy -c sourceImage={ami}    (Ctrl-C here ends it all)",
    ]


if __name__ == "__main__":
    sys.exit(main())
