"""EC2 Image Builder's DistributeImage and what belongs to it, in pure Python: no server, no sleep, no network."""

from local_aws.image_builder.backend import AmiCopy, Backend, InMemory
from local_aws.image_builder.botocore_hook import answer_client
from local_aws.image_builder.call_log import Call
from local_aws.image_builder.errors import AnswerLost, ServiceError
from local_aws.image_builder.faults import Delivery, Fault, Omission, RefusedAnswer, Script
from local_aws.image_builder.outcome import Outcome, RegionFailure
from local_aws.image_builder.service import ImageBuilder

__all__ = [
    "AmiCopy",
    "AnswerLost",
    "Backend",
    "Call",
    "Delivery",
    "Fault",
    "ImageBuilder",
    "InMemory",
    "Omission",
    "Outcome",
    "RefusedAnswer",
    "RegionFailure",
    "Script",
    "ServiceError",
    "answer_client",
]
