"""An AWS on this machine, with a stand-in for EC2 Image Builder: no account, no Docker, no network."""

from local_aws.errors import CdkFailed, LocalAwsError
from local_aws.image_builder.call_log import Call
from local_aws.image_builder.faults import Delivery, Fault, Omission, RefusedAnswer, Script
from local_aws.image_builder.outcome import Outcome, RegionFailure
from local_aws.running import LocalAws
from local_aws.undocumented import Undocumented

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
    "Undocumented",
]
