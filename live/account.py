"""The accounts of a run: boto3 clients, the CDK CLI, and the time that waiting takes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, TypeVar

import boto3
from botocore.config import Config

from local_aws.cdk_cli import CdkSessions, run_cdk

_T = TypeVar("_T")


class Account:
    """One account, reached by the credentials of the environment or of a profile.

    Attributes:
        region: The home Region.
        minute: How many seconds a minute takes: 60, less against the local AWS.
        environment: The environment variables of the CDK CLI.
    """

    def __init__(
        self,
        session: boto3.Session,
        *,
        region: str,
        environment: Mapping[str, str],
        minute: float = 60.0,
    ) -> None:
        self.region = region
        self.minute = minute
        self.environment = {**environment, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
        self._session = session
        # They ask CloudFormation for news more often than the CLI by itself.
        self._cdk_sessions = CdkSessions() if minute < 60 else None
        self._clients: dict[tuple[str, str], Any] = {}

    @property
    def id(self) -> str:
        """The account id."""
        return str(self._identity["Account"])

    @property
    def partition(self) -> str:
        """Such as `aws`."""
        return str(self._identity["Arn"]).split(":")[1]

    @cached_property
    def _identity(self) -> Any:
        return self.client("sts").get_caller_identity()

    def client(self, service: str, region: str = "") -> Any:
        """Return a client for a service, in the home Region or another one."""
        place = service, region or self.region
        if place not in self._clients:
            make: Any = self._session.client
            config = Config(retries={"mode": "adaptive", "max_attempts": 8})
            self._clients[place] = make(service, region_name=place[1], config=config)
        return self._clients[place]

    def restricted(self, role: str, statements: Sequence[Mapping[str, Any]], service: str = "imagebuilder") -> Any:
        """Return a client of a role's session that may do no more than a session policy says.

        A session policy is in force at once, unlike a change of the role's policies.
        """
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        answer = self.client("sts").assume_role(RoleArn=role, RoleSessionName="live", Policy=policy)
        credentials = answer["Credentials"]
        make: Any = self._session.client
        return make(
            service,
            region_name=self.region,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )

    def cdk(
        self, *arguments: str, assembly: Path, output: Path, check: bool = True, timeout: float = 3600.0
    ) -> CompletedProcess[str]:
        """Run the CDK CLI on a cloud assembly."""
        return run_cdk(
            arguments,
            environment=self.environment,
            cwd=assembly.parent,
            app=str(assembly),
            output=output,
            check=check,
            timeout=timeout,
            sessions=self._cdk_sessions,
        )

    def close(self) -> None:
        """End the sessions of the CDK CLI."""
        if self._cdk_sessions is not None:
            self._cdk_sessions.end()

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of AWS's time."""
        time.sleep(seconds * self.minute / 60)

    def until(self, look: Callable[[], _T | None], *, minutes: float, every: float = 5.0) -> _T | None:
        """Call a function until it returns something, None when the time is up.

        Args:
            look: Returns None as long as there is nothing to see.
            minutes: How long to go on.
            every: Seconds between two calls.
        """
        end = time.monotonic() + minutes * self.minute
        while True:
            seen = look()
            if seen is not None or time.monotonic() >= end:
                return seen
            self.sleep(every)
