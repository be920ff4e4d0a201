"""What the probes share in an account: the base stack, deployments and distributions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from botocore.exceptions import ClientError

from .account import Account
from .base_stack import base_stack
from .journal import TAG, Journal, Resource, Run
from .messages import Messages
from .observation import ENDED, Observation, observe
from .source_ami import make_source_ami
from .stacks import Declare


@dataclass(frozen=True)
class Deployed:
    """What came of a deployment.

    Attributes:
        ok: Whether the CDK CLI succeeded.
        printed: What the CLI printed.
    """

    ok: bool
    printed: str


@dataclass
class Lab:
    """The account of a run, with what its probes need.

    Attributes:
        account: The account.
        second: Another account, None without `--second-profile`.
        run: The run.
        journal: Where everything is noted that is created.
        folder: For cloud assemblies.
        say: Called with each line for the user.
    """

    account: Account
    second: Account | None
    run: Run
    journal: Journal
    folder: Path
    say: Callable[[str], None]
    _assemblies: int = 0

    @property
    def tags(self) -> dict[str, str]:
        """The tag of everything that the run creates."""
        return {TAG: self.run.id}

    @property
    def image_builder(self) -> Any:
        """A client for Image Builder."""
        return self.account.client("imagebuilder")

    @cached_property
    def source_ami(self) -> str:
        """The AMI that is distributed."""
        return make_source_ami(self.account, self.run, self.journal)

    @cached_property
    def base(self) -> Mapping[str, str]:
        """The outputs of the base stack: ARNs and names by what they are."""
        name = self.run.prefix + "Base"
        second = self.second.id if self.second is not None else ""
        declared = base_stack(self.source_ami, self.run.regions, self.tags, self.account.id, second)
        deployed = self.deploy({name: declared})
        if not deployed.ok:
            raise RuntimeError(f"The base stack cannot be deployed: {deployed.printed[-2000:]}")
        return self.outputs(name)

    def outputs(self, stack: str) -> dict[str, str]:
        """Return the outputs of a stack."""
        (found,) = self.account.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def deploy(self, declared: Mapping[str, Declare], *arguments: str, account: Account | None = None) -> Deployed:
        """Deploy stacks by the CDK CLI, all at once.

        Args:
            declared: By the stack's name.
            arguments: More arguments of `cdk deploy`.
            account: Default: the first one.
        """
        account = account or self.account
        owner = "first" if account is self.account else "second"
        self._assemblies += 1
        assembly = self.folder / f"cdk.out.{self._assemblies}"
        app = cdk.App(outdir=str(assembly), analytics_reporting=False)
        environment = cdk.Environment(account=account.id, region=account.region)
        for name, declare in declared.items():
            self.journal.will_create(Resource("stack", name, account.region, owner))
            stack = cdk.Stack(app, name, env=environment)
            cdk.Tags.of(stack).add(TAG, self.run.id)
            declare(stack)
        app.synth()
        self.say(f"Deploying {', '.join(name.removeprefix(self.run.prefix) for name in declared)}")
        process = account.cdk(
            "deploy",
            "--all",
            "--require-approval=never",
            "--progress=events",
            f"--concurrency={len(declared)}",
            *arguments,
            assembly=assembly,
            output=self.folder / f"cdk.deploy.{self._assemblies}",
            check=False,
        )
        return Deployed(process.returncode == 0, process.stdout)

    def stack_events(self, stack: str) -> list[dict[str, Any]]:
        """Return the events of a stack, oldest first."""
        pages = self.account.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack)
        kept = (
            "Timestamp",
            "LogicalResourceId",
            "ResourceType",
            "PhysicalResourceId",
            "ResourceStatus",
            "ResourceStatusReason",
        )
        events = [
            {key: event[key] for key in kept if event.get(key)} for page in pages for event in page["StackEvents"]
        ]
        return events[::-1]

    def distribute(
        self, configuration: str, *, source: str = "", client: Any = None, token: str = "", tags: Any = None
    ) -> str:
        """Start a distribution by the API and return its image's ARN.

        Args:
            configuration: `Home`, `Elsewhere`, `Failing` or `Second`.
            source: Default: the source AMI.
            client: Default: one with all permissions.
            token: The client token.
            tags: More tags of the image.
        """
        arn: str = (client or self.image_builder).distribute_image(
            sourceImage=source or self.source_ami,
            distributionConfigurationArn=self.base[configuration],
            executionRole=self.base["ExecutionRole"],
            clientToken=token or str(uuid.uuid4()),
            tags={**self.tags, **(tags or {})},
        )["imageBuildVersionArn"]
        self.journal.will_create(Resource("image", arn, self.account.region))
        return arn

    def image(self, arn: str) -> dict[str, Any] | None:
        """Return an image as GetImage shows it, None if it does not exist."""
        try:
            found: dict[str, Any] = self.image_builder.get_image(imageBuildVersionArn=arn)["image"]
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404):
                return None
            raise
        self._note_amis(found)
        return found

    def ended(self, arn: str, minutes: float = 60) -> dict[str, Any]:
        """Wait until a distribution has ended, and return the image."""

        def look() -> dict[str, Any] | None:
            image = self.image(arn)
            return image if image is None or image["state"]["status"] in ENDED else None

        image = self.account.until(look, minutes=minutes)
        if image is None:
            raise RuntimeError(f"{arn} does not end within {minutes:.0f} minutes.")
        return image

    @cached_property
    def observation(self) -> Observation:
        """A distribution to all Regions that was watched from its start to its end."""
        return observe(self)

    @cached_property
    def messages(self) -> Messages:
        """What arrives in the queue of the base stack."""
        return Messages(self.account, self.base["Queue"])

    def _note_amis(self, image: Mapping[str, Any]) -> None:
        for ami in image.get("outputResources", {}).get("amis", []):
            account = ami.get("accountId", self.account.id)
            owner = next((owner for owner, id in self.run.accounts.items() if id == account), None)
            if owner is not None and "image" in ami:
                self.journal.will_create(Resource("ami", ami["image"], ami["region"], owner))
