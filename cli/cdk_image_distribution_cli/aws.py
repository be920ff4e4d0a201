"""The AWS that the commands call: boto3 clients by service, Region and account."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.config import Config

from .errors import Unreachable, Unread, reading

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_imagebuilder import ImagebuilderClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_ssm import SSMClient

Key = TypeVar("Key")
Answer = TypeVar("Answer")

#: How many calls run at the same time.
CONCURRENT_CALLS = 8

# botocore's `standard` mode does not retry Image Builder's CallRateLimitExceededException (429); `legacy` does.
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "legacy", "max_attempts": 4},
    max_pool_connections=CONCURRENT_CALLS,
    user_agent_extra="cdk-image-distribution",
)


class Aws:
    """Clients with the caller's credentials, each made when it is first needed.

    Args:
        session: The session.
        role_name: Name of the role to assume in other accounts, to read them. Without one they are not read.
        region: The Region of the stack. Default: the session's.
    """

    def __init__(self, session: boto3.Session, role_name: str = "", region: str = "") -> None:
        #: The Region of the stack.
        self.region: str = region or session.region_name
        self._session = session
        self._role_name = role_name
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._credentials: dict[str, Mapping[str, str] | Unreachable] = {}
        self._lock = threading.RLock()

    def in_region(self, region: str) -> Aws:
        """Return the same for stacks in another Region."""
        return self if region == self.region else Aws(self._session, self._role_name, region)

    @cached_property
    def caller_arn(self) -> str:
        """ARN of the caller.

        Raises:
            Unread: The credentials do not work.
        """
        with reading("Reading the caller"):
            return str(self._client("sts", self.region).get_caller_identity()["Arn"])

    @property
    def account(self) -> str:
        """The caller's account."""
        return self.caller_arn.split(":")[4]

    @property
    def partition(self) -> str:
        """The partition of the Region, such as `aws`."""
        return self._session.get_partition_for_region(self.region)

    @property
    def cloudformation(self) -> CloudFormationClient:
        """CloudFormation."""
        client: CloudFormationClient = self._client("cloudformation", self.region)
        return client

    @property
    def image_builder(self) -> ImagebuilderClient:
        """Image Builder."""
        client: ImagebuilderClient = self._client("imagebuilder", self.region)
        return client

    @property
    def tagging(self) -> ResourceGroupsTaggingAPIClient:
        """Resource Groups Tagging."""
        client: ResourceGroupsTaggingAPIClient = self._client("resourcegroupstaggingapi", self.region)
        return client

    def ec2(self, region: str, account: str = "") -> EC2Client:
        """EC2 of a Region, by default of the caller's account.

        Raises:
            Unreachable: The account cannot be read.
        """
        client: EC2Client = self._client("ec2", region, account)
        return client

    def kms(self, region: str) -> KMSClient:
        """KMS of a Region."""
        client: KMSClient = self._client("kms", region)
        return client

    def ssm(self, region: str, account: str = "") -> SSMClient:
        """Systems Manager of a Region, by default of the caller's account.

        Raises:
            Unreachable: The account cannot be read.
        """
        client: SSMClient = self._client("ssm", region, account)
        return client

    def iam(self, account: str = "") -> IAMClient:
        """IAM, by default of the caller's account.

        Raises:
            Unreachable: The account cannot be read.
        """
        client: IAMClient = self._client("iam", self.region, account)
        return client

    def quotas(self, region: str) -> ServiceQuotasClient:
        """Service Quotas of a Region."""
        client: ServiceQuotasClient = self._client("service-quotas", region)
        return client

    def _client(self, service: str, region: str, account: str = "") -> Any:
        if account and account == self.account:
            account = ""
        with self._lock:
            key = (service, region, account)
            if key not in self._clients:
                credentials = self._credentials_of(account) if account else {}
                make: Callable[..., Any] = self._session.client
                with reading(f"Making the client of {service}"):
                    # Under the lock: making clients is not thread-safe, using them is.
                    self._clients[key] = make(service, region_name=region, config=_CONFIG, **credentials)
            return self._clients[key]

    def _credentials_of(self, account: str) -> Mapping[str, str]:
        if account not in self._credentials:
            self._credentials[account] = self._assume_role(account)
        credentials = self._credentials[account]
        if isinstance(credentials, Unreachable):
            raise credentials
        return credentials

    def _assume_role(self, account: str) -> Mapping[str, str] | Unreachable:
        if not self._role_name:
            return Unreachable(f"Account {account} is another one. Pass --role-name to read it.")
        role_arn = f"arn:{self.partition}:iam::{account}:role/{self._role_name}"
        try:
            with reading(f"Assuming {role_arn}"):
                answer = self._client("sts", self.region).assume_role(
                    RoleArn=role_arn, RoleSessionName="cdk-image-distribution"
                )
        except Unread as error:
            return Unreachable(str(error))
        return {
            "aws_access_key_id": answer["Credentials"]["AccessKeyId"],
            "aws_secret_access_key": answer["Credentials"]["SecretAccessKey"],
            "aws_session_token": answer["Credentials"]["SessionToken"],
        }


def call_each(call: Callable[[Key], Answer], keys: Iterable[Key]) -> Mapping[Key, Answer | Unread]:
    """Call a function for each key, some at the same time, and return what it answered or raised.

    Args:
        call: The function. An `Unread` that it raises becomes its answer.
        keys: Its arguments; each is used once.
    """

    def answer(key: Key) -> Answer | Unread:
        try:
            return call(key)
        except Unread as error:
            return error

    unique = list(dict.fromkeys(keys))
    if not unique:
        return {}
    with ThreadPoolExecutor(min(CONCURRENT_CALLS, len(unique))) as pool:
        return dict(zip(unique, pool.map(answer, unique), strict=True))
