"""The AWS managed policies that roles of Image Builder carry, which ministack does not have.

The statements allow what a distribution and a lifecycle execution need, as narrowly as AWS's documents do; those for
builds, workflows and container images are left out. Source: AWS managed policy reference (2026-07).
"""

import json
from collections.abc import Sequence
from typing import Any

from ministack.services import iam

from local_aws.patching import existing

_CREATED_BY = {"StringEquals": {"aws:ResourceTag/CreatedBy": "EC2 Image Builder"}}
_IMAGES = "arn:aws:ec2:*::image/*"
_SNAPSHOTS = "arn:aws:ec2:*::snapshot/*"

Statement = dict[str, Any]


def _allow(actions: Sequence[str], resource: str | Sequence[str] = "*", **condition: Any) -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **condition}


_POLICIES: dict[str, list[Statement]] = {
    "EC2ImageBuilderExecutionPolicy": [
        _allow(["ec2:CopyImage", "ec2:DescribeImages", "ec2:DescribeSnapshots", "ec2:DescribeTags"]),
        _allow(["ec2:CreateTags"], _IMAGES),
        _allow(
            ["ec2:ModifyImageAttribute", "ec2:ModifySnapshotAttribute"], [_IMAGES, _SNAPSHOTS], Condition=_CREATED_BY
        ),
        _allow(["ssm:GetParameter", "ssm:PutParameter"], "arn:aws:ssm:*:*:parameter/imagebuilder/*"),
        _allow(
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "arn:aws:logs:*:*:log-group:/aws/imagebuilder/*",
        ),
        _allow(
            [
                "kms:CreateGrant",
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            Condition={"StringLike": {"kms:ViaService": "ec2.*.amazonaws.com"}},
        ),
        _allow(["sts:AssumeRole"], "arn:*:iam::*:role/EC2ImageBuilderDistributionCrossAccountRole"),
    ],
    "service-role/EC2ImageBuilderLifecycleExecutionPolicy": [
        _allow(
            ["ec2:DeregisterImage", "ec2:DisableImage", "ec2:EnableImage", "ec2:EnableImageDeprecation"],
            _IMAGES,
            Condition=_CREATED_BY,
        ),
        _allow(["ec2:DeleteSnapshot"], _SNAPSHOTS, Condition=_CREATED_BY),
        _allow(["ec2:DescribeImages", "imagebuilder:DeleteImage", "tag:GetResources"]),
    ],
    "Ec2ImageBuilderCrossAccountDistributionAccess": [
        _allow(["ec2:CreateTags"], _IMAGES),
        _allow(["ec2:CopyImage", "ec2:DescribeImages", "ec2:ModifyImageAttribute"]),
    ],
}


def install() -> None:
    """Add them to the managed policies."""
    known = existing(iam, "_aws_managed_policies")
    make = existing(iam, "_make_aws_managed_record")
    for name, statements in _POLICIES.items():
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        record = make(name, document, description="Shortened by local_aws.")
        known[record["Arn"]] = record
