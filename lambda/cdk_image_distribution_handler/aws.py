"""The AWS that the handler calls: one boto3 client for each service, and the PUT of an answer."""

from __future__ import annotations

from functools import cached_property
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_imagebuilder import ImagebuilderClient
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient

#: The service model that is packed with the handler: the Lambda runtime's boto3 may not know DistributeImage.
MODELS = Path(__file__).parent / "models"

# One attempt for each call, at most 25 seconds: the retry policy is the adapter's alone.
_ONE_ATTEMPT = Config(connect_timeout=5, read_timeout=20, retries={"mode": "legacy", "total_max_attempts": 1})


class Aws:
    """Clients for the function's own Region, each made when it is first needed."""

    @cached_property
    def _session(self) -> boto3.Session:
        core = botocore.session.Session()
        core.set_config_variable("data_path", str(MODELS))
        return boto3.Session(botocore_session=core)

    @cached_property
    def image_builder(self) -> ImagebuilderClient:
        """Image Builder."""
        return self._session.client("imagebuilder", config=_ONE_ATTEMPT)

    @cached_property
    def events(self) -> EventBridgeClient:
        """EventBridge, for polling rules."""
        return self._session.client("events", config=_ONE_ATTEMPT)

    @cached_property
    def impatient_events(self) -> EventBridgeClient:
        """EventBridge, for an event that a request can do without: it gives up after three seconds."""
        config = _ONE_ATTEMPT.merge(Config(connect_timeout=1, read_timeout=2))
        return self._session.client("events", config=config)

    @cached_property
    def tagging(self) -> ResourceGroupsTaggingAPIClient:
        """Resource Groups Tagging, to find images by their ownership tags."""
        return self._session.client("resourcegroupstaggingapi", config=_ONE_ATTEMPT)

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        """CloudFormation, to read the state of the function's own stack."""
        return self._session.client("cloudformation", config=_ONE_ATTEMPT)

    @cached_property
    def ec2(self) -> EC2Client:
        """EC2, to identify the source AMI."""
        return self._session.client("ec2", config=_ONE_ATTEMPT)

    def put_answer(self, url: str, body: bytes) -> int:
        """PUT an answer to a ResponseURL and return the HTTP status.

        Raises:
            OSError: There was no connection or no answer within ten seconds.
        """
        parts = urlsplit(url)
        connection = HTTPSConnection(parts.netloc, timeout=10)
        try:
            # The URL is signed for an empty content type.
            connection.request("PUT", f"{parts.path}?{parts.query}", body, {"content-type": ""})
            return connection.getresponse().status
        except HTTPException as error:
            raise OSError(type(error).__name__) from error
        finally:
            connection.close()
