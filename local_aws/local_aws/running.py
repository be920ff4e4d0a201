"""LocalAws: an AWS on this machine, for as long as a `with` block lasts."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from local_aws.cdk_cli import CdkSessions, run_cdk
from local_aws.certificates import make_certificates
from local_aws.clients import make_client
from local_aws.environment import as_account, client_environment, server_environment, without_foreign
from local_aws.errors import LocalAwsError
from local_aws.image_builder.call_log import Call
from local_aws.image_builder.faults import Delivery, Fault, Omission, RefusedAnswer, Script
from local_aws.image_builder.outcome import Outcome
from local_aws.server_process import ServerProcess, check_free, free_port
from local_aws.state_folder import StateFolder
from local_aws.undocumented import Undocumented

ACCOUNT = "123456789012"
_ROOT_DEVICE = "/dev/xvda"

# Bootstrapping an account that trusts another one requires an execution policy.
_EXECUTION_POLICY = ("--cloudformation-execution-policies", "arn:aws:iam::aws:policy/AdministratorAccess")


class LocalAws:
    """An AWS on this machine: CloudFormation, Lambda, IAM and more by ministack, EC2 Image Builder by a stand-in.

    Attributes:
        region: The Region of its clients unless they name another one; all Regions exist.
        account: The account of its clients unless they name another one; all accounts exist.
        environment: What to set in the environment of the CDK CLI, boto3 or a shell to reach it.
        folder: Where its state is, until it ends.
    """

    def __init__(
        self,
        *,
        region: str = "eu-west-1",
        port: int | None = None,
        minute: float | None = None,
        disabled_regions: Sequence[str] = (),
    ) -> None:
        """Prepare one; `with` starts it and ends it.

        Args:
            region: A Region's name.
            port: Of 127.0.0.1; any that is free when None.
            minute: How many seconds a minute takes, of a schedule and in a function; None for a real one.
            disabled_regions: Opt-in Regions that the accounts did not enable; every other Region is enabled.
        """
        self._disabled_regions = tuple(disabled_regions)
        self.region = region
        self.account = ACCOUNT
        self.environment: dict[str, str] = {}
        self.folder = Path()
        self._port = port
        self._minute = minute
        self._server: ServerProcess | None = None
        self._state: StateFolder | None = None
        self._cdk_sessions = CdkSessions()
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._runs = 0

    def __enter__(self) -> "LocalAws":
        """Start it, and return when it answers.

        Raises:
            LocalAwsError: It cannot start; the message says what is missing.
        """
        if self._port is not None:
            check_free(self._port)
        port = self._port or free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="local-aws-"))
        try:
            certificates = make_certificates(self.folder)
            self.environment = client_environment(self.folder, port, self.region, certificates)
            variables = server_environment(self.folder, port, self.region, self.account, certificates)
            self._server = ServerProcess(self.folder, variables, self._minute, self._disabled_regions)
            self._server.wait_until_ready(port, certificates.authority)
        except BaseException:
            self._end()
            raise
        self._state = StateFolder(self.folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it and remove its folder.

        Raises:
            LocalAwsError: It had ended by itself; the message holds the end of its log.
        """
        try:
            if self._server is not None:
                self._server.check()
        finally:
            self._end()

    def client(self, service: str, region: str | None = None, account: str | None = None) -> Any:
        """The boto3 client of a service, as the root user of its own account or of another one."""
        key = service, region or self.region, account or self.account
        if key not in self._clients:
            self._clients[key] = make_client(service, key[1], self._environment_of(account))
        return self._clients[key]

    def cdk(
        self,
        *arguments: str,
        app: str | None = None,
        cwd: Path | None = None,
        context: Mapping[str, str] | None = None,
        account: str | None = None,
        on_line: Callable[[str], None] | None = None,
        timeout: float = 600.0,
        check: bool = True,
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command of the real CDK CLI against this AWS; `run_cdk` says what the arguments mean.

        Every run writes its cloud assembly to a folder of its own, so that two may run at once. It has the
        credentials of the own account's root user, or of another account's.

        Raises:
            CdkFailed: It ended with an error, and `check` is set.
            LocalAwsError: This AWS has ended by itself.
        """
        server = self._running()
        self._runs += 1
        try:
            return run_cdk(
                arguments,
                environment={**without_foreign(dict(os.environ)), **self._environment_of(account)},
                cwd=cwd or Path.cwd(),
                output=self.folder / "cdk.out" / str(self._runs),
                app=app,
                context=context,
                on_line=on_line,
                timeout=timeout,
                check=check,
                sessions=self._cdk_sessions,
            )
        finally:
            server.check()

    def bootstrap(self, *environments: str, on_line: Callable[[str], None] | None = None) -> None:
        """Run `cdk bootstrap`, which deployments to an account and Region need once.

        Args:
            environments: Each as the CLI names it, `aws://<account>/<region>`; the own one when there are none.
                Another account is bootstrapped with its own credentials, and trusts the own one to deploy.
            on_line: Called with every line as it is printed.
        """
        for environment in environments or (f"aws://{self.account}/{self.region}",):
            account = environment.removeprefix("aws://").partition("/")[0]
            trust = [] if account == self.account else ["--trust", self.account, *_EXECUTION_POLICY]
            self.cdk("bootstrap", environment, *trust, cwd=self.folder, account=account, on_line=on_line)

    def register_source_ami(self, name: str = "golden", region: str | None = None) -> str:
        """Register an AMI with a snapshot that can be distributed, and return its id."""
        ec2 = self.client("ec2", region)
        volume = ec2.create_volume(AvailabilityZone=f"{region or self.region}a", Size=8)["VolumeId"]
        snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        ec2.delete_volume(VolumeId=volume)
        answer = ec2.register_image(
            Name=name,
            Architecture="x86_64",
            BlockDeviceMappings=[{"DeviceName": _ROOT_DEVICE, "Ebs": {"SnapshotId": snapshot}}],
            RootDeviceName=_ROOT_DEVICE,
            VirtualizationType="hvm",
        )
        ami: str = answer["ImageId"]
        return ami

    def script(
        self,
        *,
        outcomes: Sequence[Outcome] = (),
        faults: Sequence[Fault] = (),
        default: Outcome | None = None,
        deliveries: Sequence[Delivery] = (),
        refused_answers: Sequence[RefusedAnswer] = (),
        omissions: Sequence[Omission] = (),
        undocumented: Undocumented | None = None,
    ) -> None:
        """Say what goes otherwise than well from now on; without arguments, all goes well again.

        Args:
            outcomes: Of the next distributions, in their order.
            faults: Of the next calls.
            default: How every other distribution goes.
            deliveries: How CloudFormation's next requests reach the functions of custom resources.
            refused_answers: What the next answers of custom resources get.
            omissions: What Image Builder's answers lack.
            undocumented: How AWS behaves where its documentation says nothing.
        """
        script = Script(
            list(outcomes),
            list(faults),
            default or Outcome(),
            list(deliveries),
            list(refused_answers),
            list(omissions),
            undocumented or Undocumented(),
        )
        self._open().write_script(script)

    def calls(self, operation: str | None = None) -> list[Call]:
        """Every call that reached Image Builder so far, or those of one operation, oldest first.

        A call that IAM denied did not reach it.
        """
        return [call for call in self._open().calls() if operation in (None, call.operation)]

    def check(self) -> None:
        """Do nothing while it lives.

        Raises:
            LocalAwsError: It has ended by itself; the message holds the end of its log.
        """
        self._running().check()

    def log_tail(self) -> str:
        """The last lines of the server's log, empty unless the `with` block is running."""
        return "" if self._server is None else self._server.log_tail()

    def _environment_of(self, account: str | None) -> dict[str, str]:
        return self.environment if account is None or account == self.account else as_account(self.environment, account)

    def _open(self) -> StateFolder:
        self._running().check()
        if self._state is None:
            raise LocalAwsError("the local AWS is still starting")
        return self._state

    def _running(self) -> ServerProcess:
        if self._server is None:
            raise LocalAwsError("the local AWS is not running: use it in a `with` block")
        return self._server

    def _end(self) -> None:
        self._cdk_sessions.end()
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        if self._server is not None:
            self._server.end()
        self._server = None
        shutil.rmtree(self.folder, ignore_errors=True)
