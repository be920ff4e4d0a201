"""The two AWS managed policies that roles of Image Builder carry, which ministack does not have.

What they allow is shortened to the services they are about: Image Builder itself is a stand-in here and calls
nothing with these roles. Source of the names: AWS managed policy reference.
"""

import json

from ministack.services import iam

from local_aws.patching import existing

_POLICIES = {
    "EC2ImageBuilderExecutionPolicy": ["ec2:*", "ssm:*", "kms:*", "license-manager:*", "logs:*"],
    "service-role/EC2ImageBuilderLifecycleExecutionPolicy": ["ec2:*", "ecr:*", "tag:GetResources"],
    "Ec2ImageBuilderCrossAccountDistributionAccess": ["ec2:*", "ssm:*"],
}


def install() -> None:
    """Add them to the managed policies."""
    known = existing(iam, "_aws_managed_policies")
    make = existing(iam, "_make_aws_managed_record")
    for name, actions in _POLICIES.items():
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        record = make(name, document, description="Shortened by local_aws.")
        known[record["Arn"]] = record
