"""`python -m local_aws`: an AWS on this machine for a shell, until it is interrupted."""

import argparse
import os
import shlex
import signal
import sys
import time

from local_aws.errors import LocalAwsError
from local_aws.running import LocalAws

# Set in the user's shell, they would win over the variables of the local AWS.
_STRONGER = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_LOOK_SECONDS = 1.0


def main() -> int:
    """Start it, print what to paste into a shell, and run until SIGINT or SIGTERM.

    Returns:
        The exit code: 1 when it could not start, or ended by itself.
    """
    parser = argparse.ArgumentParser(prog="python -m local_aws", description=__doc__)
    parser.add_argument("--port", type=int, help="of 127.0.0.1; any that is free by default")
    parser.add_argument("--region", default="eu-west-1", help="default: %(default)s")
    parser.add_argument("--minute", type=float, metavar="SECONDS", help="how long a minute of a schedule takes")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with LocalAws(region=options.region, port=options.port, minute=options.minute) as aws:
            print("\n".join(shell_lines(aws)), flush=True)
            while True:
                time.sleep(_LOOK_SECONDS)
                aws.check()
    except LocalAwsError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def shell_lines(aws: LocalAws) -> list[str]:
    """What to paste into a shell, and one line that says what for."""
    stronger = [name for name in _STRONGER if name in os.environ]
    ami = aws.register_source_ami()
    return [
        *([f"unset {' '.join(stronger)}"] if stronger else []),
        *(f"export {name}={shlex.quote(value)}" for name, value in aws.environment.items()),
        f"# Paste these lines into another shell, then: "
        f"npx cdk bootstrap && npx cdk deploy -c sourceImage={ami}    (Ctrl-C here ends it all)",
    ]


if __name__ == "__main__":
    sys.exit(main())
