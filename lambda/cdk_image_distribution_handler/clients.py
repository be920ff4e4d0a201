"""boto3 clients that know DistributeImage whatever boto3 the Lambda runtime has, and retry within bounds."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_imagebuilder import ImagebuilderClient
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient

#: The service models packed beside this file; absent in a checkout, where botocore itself is new enough.
MODELS = Path(__file__).parent / "models"

# Legacy mode retries any 429; standard mode would raise a CallRateLimitExceededException at once. Six attempts
# wait 1 + 2 + 4 + 8 + 16 seconds at most between them: with every attempt running into its time-outs that is
# 181 seconds, well inside the function's time-out of 300.
RETRIES = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "legacy", "total_max_attempts": 6},
)

# What we can do without is not waited for that long: two attempts, 21 seconds at most.
FEW_RETRIES = Config(
    connect_timeout=3,
    read_timeout=7,
    retries={"mode": "legacy", "total_max_attempts": 2},
)


@cache
def session() -> boto3.Session:
    """Return the session whose botocore looks for service models in the asset first."""
    core = botocore.session.Session()
    core.set_config_variable("data_path", str(MODELS))
    return boto3.Session(botocore_session=core)


@cache
def image_builder() -> ImagebuilderClient:
    """Return the Image Builder client of the function's own Region."""
    return session().client("imagebuilder", config=RETRIES)


@cache
def events() -> EventBridgeClient:
    """Return the EventBridge client, for the rules that call the function back."""
    return session().client("events", config=FEW_RETRIES)


@cache
def tagging() -> ResourceGroupsTaggingAPIClient:
    """Return the tagging client, for images whose ARN CloudFormation never learned."""
    return session().client("resourcegroupstaggingapi", config=FEW_RETRIES)


@cache
def cloudformation() -> CloudFormationClient:
    """Return the CloudFormation client, to ask which image is the stack's own."""
    return session().client("cloudformation", config=FEW_RETRIES)


@cache
def ec2() -> EC2Client:
    """Return the EC2 client, to tell the source AMI from its copies."""
    return session().client("ec2", config=FEW_RETRIES)
