"""What the stand-in needs of the AWS around it, and an in-memory one for tests in one process."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class AmiCopy:
    """An AMI that a distribution makes.

    Attributes:
        source: The AMI that is copied, in the Region of the image.
        name: With the build date in it.
        tags: The configuration's amiTags and `CreatedBy: EC2 Image Builder`.
        shared_with: The accounts of the launch permission.
    """

    region: str
    account: str
    source: str
    name: str
    description: str
    tags: Mapping[str, str]
    shared_with: tuple[str, ...] = ()


class Surroundings(Protocol):
    """The AWS around one Region's Image Builder in one account."""

    def ami_exists(self, ami: str) -> bool:
        """Whether an AMI can be read in this Region and account."""

    def parameter(self, name: str) -> str | None:
        """The value of an SSM parameter, by name or ARN, or None."""

    def put_parameter(self, region: str, account: str, name: str, value: str, data_type: str) -> None:
        """Write an SSM parameter."""

    def register_ami(self, copy: AmiCopy) -> str:
        """Make a copy of an AMI, with a snapshot, and return its id."""

    def deregister_ami(self, region: str, account: str, ami: str, snapshots: bool) -> None:
        """Remove an AMI, and its snapshots when asked to."""

    def denial(self, action: str, resource: str, passed_to: str, headers: Mapping[str, str]) -> str | None:
        """Why the caller who sent these headers may not do this, in IAM's words, or None when they may.

        `passed_to` is the service that a role is passed to, for `iam:PassRole`.
        """

    def role_problem(self, role: str) -> str | None:
        """Why Image Builder cannot assume a role, given by name or ARN, or None when it can."""

    def target_role_problem(self, role: str, account: str) -> str | None:
        """Why an execution role, given by name or ARN, cannot assume the role of a target account, or None."""


@dataclass
class InMemory:
    """Surroundings that exist in memory alone; a test looks at their attributes and changes them.

    Attributes:
        source_amis: The AMIs that can be distributed.
        parameters: SSM parameters of this Region by name.
        amis: The copies by Region, account and id.
        written: SSM parameters that distributions wrote, by Region, account and name.
        denied: IAM's words for each action that is denied.
        asked: The (action, resource) of every question to IAM so far.
        role_problems: Why a role cannot be assumed, by the role as it was given.
        target_role_problems: Why the role of a target account cannot be assumed, by the account.
    """

    source_amis: set[str] = field(default_factory=lambda: {"ami-0123456789abcdef0"})
    parameters: dict[str, str] = field(default_factory=dict)
    amis: dict[tuple[str, str, str], AmiCopy] = field(default_factory=dict)
    written: dict[tuple[str, str, str], str] = field(default_factory=dict)
    denied: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    role_problems: dict[str, str] = field(default_factory=dict)
    target_role_problems: dict[str, str] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1), repr=False)

    def ami_exists(self, ami: str) -> bool:
        """Whether the AMI is a source or a copy."""
        return ami in self.source_amis or any(ami == copied for _, _, copied in self.amis)

    def parameter(self, name: str) -> str | None:
        """The value of a parameter by name, or by an ARN that ends in the name."""
        return self.parameters.get(name) or self.parameters.get("/" + name.partition(":parameter/")[2])

    def put_parameter(self, region: str, account: str, name: str, value: str, data_type: str) -> None:
        """Write into `written`."""
        self.written[region, account, name] = value

    def register_ami(self, copy: AmiCopy) -> str:
        """Add to `amis`."""
        ami = f"ami-{next(self._numbers):017x}"
        self.amis[copy.region, copy.account, ami] = copy
        return ami

    def deregister_ami(self, region: str, account: str, ami: str, snapshots: bool) -> None:
        """Take from `amis`."""
        self.amis.pop((region, account, ami), None)

    def denial(self, action: str, resource: str, passed_to: str, headers: Mapping[str, str]) -> str | None:
        """Look into `denied`."""
        self.asked.append((action, resource))
        return self.denied.get(action)

    def role_problem(self, role: str) -> str | None:
        """Look into `role_problems`."""
        return self.role_problems.get(role)

    def target_role_problem(self, role: str, account: str) -> str | None:
        """Look into `target_role_problems`."""
        return self.target_role_problems.get(account)
