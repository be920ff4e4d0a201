"""What the stand-in needs of the AWS around it, and an in-memory one for tests in one process."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

#: Condition keys of IAM and their values.
Context = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class AmiCopy:
    """An AMI that a distribution makes.

    Attributes:
        source: The AMI that is copied, in the Region of the image.
        name: With the build date in it.
        tags: The configuration's amiTags and `CreatedBy: EC2 Image Builder`.
        shared_with: The accounts of the launch permission.
        begins: When EC2 begins to copy it, in seconds since the epoch.
        ends: When it is copied.
    """

    region: str
    account: str
    source: str
    name: str
    description: str
    tags: Mapping[str, str]
    shared_with: tuple[str, ...] = ()
    begins: float = 0.0
    ends: float = 0.0

    def state(self, now: float) -> str:
        """The State of DescribeImages at a time."""
        return "available" if now >= self.ends else "pending"

    def percent(self, now: float) -> int:
        """The Progress of its snapshot in DescribeSnapshots at a time."""
        return 100 if now >= self.ends else max(0, int(100 * (now - self.begins) / (self.ends - self.begins)))


class Backend(Protocol):
    """The AWS around one Region's Image Builder in one account."""

    @property
    def home_is_source(self) -> bool:
        """Whether a distribution makes no copy in its own Region and account, and lists the source there.

        AWS does not document which it does.
        """

    def ami_exists(self, ami: str) -> bool:
        """Whether an AMI can be read in this Region and account."""

    def parameter(self, name: str) -> str | None:
        """The value of an SSM parameter, by name or ARN, or None."""

    def put_parameter(self, region: str, account: str, name: str, value: str, data_type: str) -> None:
        """Write an SSM parameter."""

    def register_ami(self, copy: AmiCopy) -> str:
        """Begin a copy of an AMI, with a snapshot, and return its id."""

    def deregister_ami(self, region: str, account: str, ami: str, snapshots: bool) -> None:
        """Remove an AMI, and its snapshots when asked to."""

    def ami_snapshots(self, ami: str) -> tuple[str, ...]:
        """The ids of an AMI's snapshots in this Region and account."""

    def ami_tags(self, region: str, account: str, resource: str) -> Mapping[str, str]:
        """The tags of an AMI or a snapshot."""

    def denial(self, action: str, resource: str, context: Context, headers: Mapping[str, str]) -> str | None:
        """Why the caller who sent these headers may not do this, in IAM's words, or None when they may.

        `context` holds condition keys beyond those that IAM knows by itself, such as `iam:PassedToService`.
        """

    def key_arn(self, region: str, account: str, key: str) -> str | None:
        """The ARN of a KMS key, given by id, alias or ARN, or None when a Region and an account do not have it."""

    def region_is_enabled(self, region: str) -> bool:
        """Whether the accounts have enabled a Region, or need not."""

    def launch_template_exists(self, region: str, account: str, template: str) -> bool:
        """Whether a Region and an account have a launch template."""

    def add_launch_template_version(self, region: str, account: str, template: str, ami: str, default: bool) -> None:
        """Add a version that starts an AMI, as the default one when asked to, if the launch template exists."""

    def role_arn(self, role: str) -> str | None:
        """The ARN of a role of this account, given by name or ARN, or None when it does not exist."""

    def role_problem(self, role: str) -> str | None:
        """Why Image Builder cannot assume a role, given by name or ARN, or None when it can."""

    def role_denial(self, role: str, action: str, resource: str, region: str, context: Context) -> str | None:
        """Why Image Builder may not do this with a role, given by its ARN, in IAM's words, or None when it may."""

    def target_role_problem(self, role: str, account: str, target_role: str) -> str | None:
        """Why an execution role, given by name or ARN, cannot assume a role of another account, or None."""

    def service_role_problem(self, role: str, image: str) -> str | None:
        """Why Image Builder cannot assume a role of another account, by ARN, for an image of this one, or None."""


@dataclass
class InMemory:
    """Backend that exist in memory alone; a test looks at their attributes and changes them.

    Attributes:
        source_amis: The AMIs that can be distributed.
        parameters: SSM parameters of this Region by name.
        amis: The copies by Region, account and id.
        written: SSM parameters that distributions wrote, by Region, account and name.
        template_versions: The versions of launch templates that distributions added: Region, account, launch template,
            AMI, and whether it is the default.
        home: Its Region and account.
        home_is_source: A distribution makes no copy at home, and tags the source.
        tags: The tags of source AMIs and snapshots, by id.
        missing: The KMS keys and launch templates that do not exist; every other one does.
        disabled_regions: The opt-in Regions that are not enabled.
        denied: IAM's words for each action that the caller is denied.
        role_denied: IAM's words for each (action, resource) that a role is denied; `*` is every resource.
        asked: The (action, resource) of every question to IAM about the caller so far.
        contexts: The condition keys of each of those questions.
        role_problems: Why a role cannot be assumed, by the role as it was given.
        target_role_problems: Why the role of a target account cannot be assumed, by the account.
    """

    source_amis: set[str] = field(default_factory=lambda: {"ami-0123456789abcdef0"})
    parameters: dict[str, str] = field(default_factory=dict)
    amis: dict[tuple[str, str, str], AmiCopy] = field(default_factory=dict)
    written: dict[tuple[str, str, str], str] = field(default_factory=dict)
    template_versions: list[tuple[str, str, str, str, bool]] = field(default_factory=list)
    home: tuple[str, str] = ("eu-west-1", "111122223333")
    home_is_source: bool = False
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    disabled_regions: set[str] = field(default_factory=set)
    denied: dict[str, str] = field(default_factory=dict)
    role_denied: dict[tuple[str, str], str] = field(default_factory=dict)
    contexts: list[Context] = field(default_factory=list)
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
        """Add to `amis`, or tag the source where it is the output itself."""
        if self.home_is_source and (copy.region, copy.account) == self.home:
            self.tags.setdefault(copy.source, {}).update(copy.tags)
            return copy.source
        ami = f"ami-{next(self._numbers):017x}"
        self.amis[copy.region, copy.account, ami] = copy
        return ami

    def deregister_ami(self, region: str, account: str, ami: str, snapshots: bool) -> None:
        """Take from `amis`."""
        self.amis.pop((region, account, ami), None)

    def ami_snapshots(self, ami: str) -> tuple[str, ...]:
        """One, named after the AMI."""
        return (ami.replace("ami-", "snap-"),)

    def ami_tags(self, region: str, account: str, resource: str) -> Mapping[str, str]:
        """Return the tags of a copy, or look into `tags`."""
        copied = self.amis.get((region, account, resource.replace("snap-", "ami-")))
        return copied.tags if copied else self.tags.get(resource, {})

    def denial(self, action: str, resource: str, context: Context, headers: Mapping[str, str]) -> str | None:
        """Look into `denied`."""
        self.asked.append((action, resource))
        self.contexts.append(context)
        return self.denied.get(action)

    def key_arn(self, region: str, account: str, key: str) -> str | None:
        """Return the ARN; a key exists unless it is `missing` or its ARN names another Region."""
        arn = key if key.startswith("arn:") else f"arn:aws:kms:{region}:{account}:key/{key}"
        return None if key in self.missing or arn.split(":")[3] != region else arn

    def region_is_enabled(self, region: str) -> bool:
        """Look into `disabled_regions`."""
        return region not in self.disabled_regions

    def launch_template_exists(self, region: str, account: str, template: str) -> bool:
        """Look into `missing`."""
        return template not in self.missing

    def add_launch_template_version(self, region: str, account: str, template: str, ami: str, default: bool) -> None:
        """Add to `template_versions`."""
        self.template_versions.append((region, account, template, ami, default))

    def role_arn(self, role: str) -> str | None:
        """Return the ARN; every role exists, without a path."""
        return role if role.startswith("arn:") else f"arn:aws:iam::111122223333:role/{role}"

    def role_problem(self, role: str) -> str | None:
        """Look into `role_problems`."""
        return self.role_problems.get(role)

    def role_denial(self, role: str, action: str, resource: str, region: str, context: Context) -> str | None:
        """Look into `role_denied`."""
        return self.role_denied.get((action, resource)) or self.role_denied.get((action, "*"))

    def target_role_problem(self, role: str, account: str, target_role: str) -> str | None:
        """Look into `target_role_problems`."""
        return self.target_role_problems.get(account)

    def service_role_problem(self, role: str, image: str) -> str | None:
        """Look into `target_role_problems`."""
        return self.target_role_problems.get(role.split(":")[4])
