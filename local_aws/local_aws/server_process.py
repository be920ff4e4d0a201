"""Starting the server, knowing that it lives, and ending it."""

import http.client
import socket
import ssl
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from local_aws.errors import LocalAwsError
from local_aws.function_runtime.scaled_clock import ORIGIN, SCALE
from local_aws.server_python import server_python

_START = Path(__file__).with_name("start_server.py")
_HOST = "127.0.0.1"
_START_SECONDS = 60.0
_LOOK_SECONDS = 0.1
_END_SECONDS = 10.0
_TAIL_LINES = 100


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def check_free(port: int) -> None:
    """Refuse a port that another program has.

    Raises:
        LocalAwsError: It is taken, or not allowed to this user.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as problem:
            raise LocalAwsError(
                f"port must be free on {_HOST}, got {port}: {problem.strerror}. "
                "Name another one, or none for any that is free"
            ) from problem


class ServerProcess:
    """The server as a child process, which ends when this process does, even by SIGKILL."""

    def __init__(
        self,
        folder: Path,
        environment: dict[str, str],
        minute: float | None,
        disabled_regions: Sequence[str],
    ) -> None:
        """Start it in a folder that it removes at its end.

        Args:
            folder: Its state folder.
            environment: All of its environment variables.
            minute: How long a minute of a schedule takes, in seconds; None for a real one.
            disabled_regions: Opt-in Regions that are not enabled.
        """
        self._log = folder / "server.log"
        command = [str(server_python()), str(_START), "--folder", str(folder)]
        for region in disabled_regions:
            command += ["--disabled-region", region]
        if minute is not None:
            command += ["--minute", str(minute)]
        # Lambda tries a failed asynchronous invocation again after one minute, and after two more.
        environment = {**environment, "LAMBDA_ASYNC_RETRY_BASE_SECONDS": str(60 if minute is None else minute)}
        if minute is not None:
            environment |= {SCALE: str(60 / minute), ORIGIN: str(time.time())}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                # It reads its standard input to notice the end of this process.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self, port: int, authority: Path) -> None:
        """Return when it answers.

        Raises:
            LocalAwsError: It ended, or does not answer in time.
        """
        context = ssl.create_default_context(cafile=str(authority))
        give_up = time.monotonic() + _START_SECONDS
        while not _answers(port, context):
            self.check()
            if time.monotonic() > give_up:
                raise LocalAwsError(f"the local AWS did not answer within {_START_SECONDS:.0f} s\n{self.log_tail()}")
            time.sleep(_LOOK_SECONDS)

    def check(self) -> None:
        """Do nothing while it lives.

        Raises:
            LocalAwsError: It has ended by itself; the message holds the end of its log.
        """
        code = self._process.poll()
        if code is not None:
            raise LocalAwsError(f"the local AWS ended by itself with code {code}\n{self.log_tail()}")

    def log_tail(self) -> str:
        """The last lines that it logged."""
        if not self._log.exists():
            return "(it left no log)"
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])

    def end(self) -> None:
        """End it and the functions that it runs."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _answers(port: int, context: ssl.SSLContext) -> bool:
    connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=5)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
