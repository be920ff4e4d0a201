"""A stack with distributions, and what a deployment does to it step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cdk_image_distribution_cli.stack import DISTRIBUTION, WAIT

from .fake_aws import ACCOUNT, REGION, START, FakeAws, FakeStack, moment

CONFIGURATION_ARN = f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:distribution-configuration/golden"
REGIONS = ("eu-west-1", "us-east-1")


def image_arn(logical_id: str, number: int = 1) -> str:
    """Return the ARN of a distribution's image."""
    return f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:image/{logical_id.lower()}/1.0.0/{number}"


def template(names: Sequence[str], *, wait: bool = True, parts: int = 1) -> dict[str, Any]:
    """Return the template of a stack with these distributions, as the construct writes it."""
    resources: dict[str, Any] = {"Configuration": {"Type": "AWS::ImageBuilder::DistributionConfiguration"}}
    for name in names:
        resources[f"{name}0A"] = {
            "Type": DISTRIBUTION,
            "Metadata": {"aws:cdk:path": f"Golden/{name}/Resource"},
            "Properties": {"DistributionConfigurationArn": {"Fn::GetAtt": ["Configuration", "Arn"]}},
        }
        for part in range(1, parts + 1 if wait else 1):
            resources[f"{name}Wait{part}"] = {
                "Type": WAIT,
                "Properties": {
                    "ImageArn": {"Fn::GetAtt": [f"{name}0A", "ImageArn"]},
                    "Seconds": "3300",
                    "Segment": str(part),
                    "Segments": str(parts),
                },
            }
    return {"Resources": resources}


@dataclass
class Rollout:
    """The deployment of a stack with distributions to the Regions."""

    fake: FakeAws
    stack: FakeStack
    names: Sequence[str]
    regions: Sequence[str] = REGIONS

    @classmethod
    def begin(cls, fake: FakeAws, names: Sequence[str] = ("Distribution",), **options: Any) -> Rollout:
        """Begin to create the stack."""
        regions = options.pop("regions", REGIONS)
        stack = FakeStack("Golden", "CREATE_IN_PROGRESS", template(names, **options))
        fake.stacks.append(stack)
        fake.configurations[CONFIGURATION_ARN] = [
            {"region": region, "amiDistributionConfiguration": {"name": "golden-{{ imagebuilder:buildDate }}"}}
            for region in regions
        ]
        stack.put("Configuration", "AWS::ImageBuilder::DistributionConfiguration", "CREATE_COMPLETE", CONFIGURATION_ARN)
        return cls(fake, stack, names, regions)

    def start(self, at: float = START) -> None:
        """Start every distribution."""
        for name in self.names:
            arn = image_arn(name)
            self.stack.put(f"{name}0A", DISTRIBUTION, "CREATE_COMPLETE", arn, at=at)
            self.stack.put(f"{name}Wait1", WAIT, "CREATE_IN_PROGRESS", at=at)
            self.fake.images[arn] = {
                "state": {"status": "DISTRIBUTING"},
                "dateCreated": moment(at).isoformat(),
                "tags": {
                    "cdk-image-distribution:stack-id": self.stack.id,
                    "cdk-image-distribution:logical-id": f"{name}0A",
                },
            }

    def copy(self, region: str, progress: str, name: str = "Distribution") -> str:
        """Let EC2 show the AMI of a Region as pending, with so much of its snapshot copied. Return its id."""
        ami_id = f"ami-{name.lower()}-{region}"
        self.fake.amis.setdefault(region, [])
        self.fake.amis[region] = [ami for ami in self.fake.amis[region] if ami["ImageId"] != ami_id]
        self.fake.amis[region].append(
            {
                "ImageId": ami_id,
                "State": "pending",
                "Tags": [{"Key": "Ec2ImageBuilderArn", "Value": image_arn(name)}],
                "BlockDeviceMappings": [{"Ebs": {"SnapshotId": f"snap-{ami_id}"}}],
            }
        )
        snapshots = [it for it in self.fake.snapshots.get(region, []) if it["SnapshotId"] != f"snap-{ami_id}"]
        self.fake.snapshots[region] = [
            *snapshots,
            {"SnapshotId": f"snap-{ami_id}", "VolumeSize": 8, "Progress": progress},
        ]
        return ami_id

    def finish(self) -> None:
        """Let every distribution be available."""
        for name in self.names:
            image = self.fake.images[image_arn(name)]
            image["state"] = {"status": "AVAILABLE"}
            image["outputResources"] = {
                "amis": [
                    {"region": region, "accountId": ACCOUNT, "image": f"ami-{name.lower()}-{region}"}
                    for region in self.regions
                ]
            }

    def fail(self, region: str, message: str, name: str = "Distribution", account: str = ACCOUNT) -> None:
        """Let a distribution fail in a Region."""
        failure = {"region": region, "targetAccountId": account, "status": "FAILED", "errorMessage": message}
        self.fake.images[image_arn(name)]["state"] = {
            "status": "FAILED",
            "reason": "Distribution failed.",
            "failureContext": {"distributionFailure": {"regionFailures": [failure]}},
        }
