"""An AWS on this machine, with a stand-in for EC2 Image Builder: no account, no Docker, no network."""

from local_aws.errors import CdkFailed, LocalAwsError
from local_aws.image_builder.call_log import Call
from local_aws.image_builder.faults import Delivery, Fault, Omission, Outcome, RefusedAnswer, RegionFailure, Script
from local_aws.running import LocalAws

__all__ = [
    "Call",
    "CdkFailed",
    "Delivery",
    "Fault",
    "LocalAws",
    "LocalAwsError",
    "Omission",
    "Outcome",
    "RefusedAnswer",
    "RegionFailure",
    "Script",
]
