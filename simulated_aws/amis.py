"""AMIs: what distributions copy, and what EC2 shows of it in the Region and account of the function."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.image_builder import AmiCopy, InMemory
from local_aws.image_builder.store import iso

from .boto_clients import REGION
from .faults import Refused
from .requests import ACCOUNT, SOURCE_AMI


@dataclass
class Ami:
    """What EC2 knows of an AMI of this account and Region.

    Attributes:
        created: Seconds since the epoch.
        source: The AMI that it is a copy of; empty if it is none.
        disabled: DescribeImages leaves it out unless asked by IncludeDisabled.
        deprecated: DescribeImages leaves it out unless asked by IncludeDeprecated, if it is another account's.
        owner: Its account.
    """

    created: float
    source: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    disabled: bool = False
    deprecated: bool = False
    owner: str = ACCOUNT


@dataclass
class Amis(InMemory):
    """The AMIs that distributions start from and make.

    Attributes:
        clock: Seconds since the epoch.
        here: What EC2 knows of the AMIs of this account and Region, by id.
        home_is_source: Image Builder makes no copy in the home Region and lists the source there. AWS does not say
            which it does.
        tags_source: Image Builder then tags the source as if it had made it.
        deregistered: Every AMI that was deregistered.
    """

    clock: Callable[[], float] = time.time
    here: dict[str, Ami] = field(default_factory=dict)
    home_is_source: bool = False
    tags_source: bool = False
    deregistered: list[str] = field(default_factory=list)

    def add_source(self, ami: str = SOURCE_AMI, **details: Any) -> None:
        """Register an AMI that can be distributed, a day old unless told otherwise."""
        self.source_amis.add(ami)
        self.here[ami] = Ami(**{"created": self.clock() - 86_400, **details})

    def register_ami(self, copy: AmiCopy) -> str:
        """Make a copy, or list the source in its home Region."""
        at_home = (copy.region, copy.account) == (REGION, ACCOUNT)
        if at_home and self.home_is_source:
            if self.tags_source:
                self.here[copy.source].tags.update(copy.tags)
            return copy.source
        ami = super().register_ami(copy)
        if at_home:
            self.here[ami] = Ami(self.clock(), copy.source, dict(copy.tags))
        return ami

    def deregister_ami(self, region: str, account: str, ami: str, snapshots: bool) -> None:
        """Remove an AMI, wherever it came from."""
        super().deregister_ami(region, account, ami, snapshots)
        self.deregistered.append(ami)
        if (region, account) == (REGION, ACCOUNT):
            self.here.pop(ami, None)
            self.source_amis.discard(ami)

    def answer(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer one call of EC2."""
        if operation != "DescribeImages":
            raise Refused("InvalidAction", f"{operation} is not simulated.")
        wanted = set(parameters.get("ImageIds", []))
        unknown = wanted - self.here.keys()
        if unknown:
            raise Refused("InvalidAMIID.NotFound", f"The image ids '[{', '.join(sorted(unknown))}]' do not exist")
        for condition in parameters.get("Filters", []):
            if condition["Name"] != "image-id":
                raise Refused("InvalidParameterValue", f"The filter {condition['Name']} is not simulated.")
            wanted |= set(condition["Values"])
        shown = [
            (identifier, ami)
            for identifier, ami in self.here.items()
            if identifier in wanted
            and (not ami.disabled or parameters.get("IncludeDisabled"))
            and (not ami.deprecated or ami.owner == ACCOUNT or parameters.get("IncludeDeprecated"))
        ]
        return {"Images": [_described(identifier, ami) for identifier, ami in shown]}


def _described(identifier: str, ami: Ami) -> dict[str, Any]:
    described = {
        "ImageId": identifier,
        "CreationDate": iso(ami.created),
        "OwnerId": ami.owner,
        "State": "disabled" if ami.disabled else "available",
        "Tags": [{"Key": key, "Value": value} for key, value in ami.tags.items()],
    }
    copied_from = {"SourceImageId": ami.source, "SourceImageRegion": REGION} if ami.source else {}
    return {**described, **copied_from}
