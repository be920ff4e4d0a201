"""One stack on the local AWS: declare it, deploy it with the CDK CLI, look at what is there."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from local_aws import LocalAws, Undocumented

Declare = Callable[[cdk.Stack], object]


def assembly_of(run: subprocess.CompletedProcess[str]) -> str:
    """Return the folder of the cloud assembly that a command of the CDK CLI wrote."""
    return str(run.args[run.args.index("--output") + 1])


@dataclass
class Deployment:
    """A stack of one test, by its name.

    The app is synthesised here, in the test, and its cloud assembly deployed by the real CLI: that spares each
    call the start of another Python and another jsii.

    Attributes:
        home_is_source: Image Builder makes no copy in its own Region, and lists the source AMI there.
    """

    aws: LocalAws
    name: str
    folder: Path
    source_ami: str
    calls_before: int
    home_is_source: bool = False
    _assemblies: int = field(default=0)

    def script(self, **script: Any) -> None:
        """Say what goes otherwise than well, as `LocalAws.script` does."""
        self.aws.script(undocumented=Undocumented(home_is_source=self.home_is_source), **script)

    def deploy(
        self, declare: Declare, *, check: bool = True, rollback: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Synthesise a stack and run `cdk deploy`; the output has every stack event."""
        options = ["--require-approval", "never", "--progress", "events", *([] if rollback else ["--no-rollback"])]
        return self._cdk(declare, "deploy", *options, check=check)

    def destroy(self, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `cdk destroy`."""
        return self._cdk(lambda stack: None, "destroy", "--force", check=check)

    def clean_up(self) -> None:
        """Delete the stack if it is still there, whatever Image Builder was scripted to do."""
        self.aws.script()
        if self.stack() is not None:
            self.destroy(check=False)

    def synthesise(self, declare: Declare) -> Path:
        """Synthesise a stack and return the folder of its cloud assembly."""
        self._assemblies += 1
        assembly = self.folder / f"cdk.out.{self._assemblies}"
        app = cdk.App(outdir=str(assembly), analytics_reporting=False)
        environment = cdk.Environment(account=self.aws.account, region=self.aws.region)
        stack = cdk.Stack(app, self.name, env=environment)
        declare(stack)
        app.synth()
        return assembly

    def _cdk(self, declare: Declare, *arguments: str, check: bool) -> subprocess.CompletedProcess[str]:
        return self.aws.cdk(*arguments, app=str(self.synthesise(declare)), cwd=self.folder, check=check)

    def stack(self) -> dict[str, Any] | None:
        """Describe the stack, None when it does not exist."""
        stacks = self.aws.client("cloudformation").describe_stacks()["Stacks"]
        found = [stack for stack in stacks if stack["StackName"] == self.name]
        return next((stack for stack in found if stack["StackStatus"] != "DELETE_COMPLETE"), None)

    def status(self) -> str | None:
        """The stack's status, None when it does not exist."""
        stack = self.stack()
        return stack["StackStatus"] if stack else None

    @property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs."""
        stack = self.stack() or {}
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def calls(self, operation: str) -> list[Any]:
        """Calls of one operation that reached Image Builder since this test began."""
        return [call for call in self.aws.calls()[self.calls_before :] if call.operation == operation]

    @property
    def images(self) -> list[str]:
        """ARNs of the images of this stack that still exist."""
        image_builder = self.aws.client("imagebuilder")
        found = []
        for version in image_builder.list_images()["imageVersionList"]:
            summaries = image_builder.list_image_build_versions(imageVersionArn=version["arn"])["imageSummaryList"]
            for summary in summaries:
                stack_id = summary.get("tags", {}).get("cdk-image-distribution:stack-id", "")
                if f"stack/{self.name}/" in stack_id:
                    found.append(summary["arn"])
        return found

    def status_of(self, image_arn: str) -> str:
        """Return an image's status."""
        image = self.aws.client("imagebuilder").get_image(imageBuildVersionArn=image_arn)["image"]
        return str(image["state"]["status"])

    @property
    def rules(self) -> list[str]:
        """Names of the rules that call this stack's functions back."""
        return [rule["Name"] for rule in self.aws.client("events").list_rules(NamePrefix="ami-")["Rules"]]

    @property
    def events(self) -> list[str]:
        """The reasons of the stack's events, also those of a stack that is gone."""
        cloudformation = self.aws.client("cloudformation")
        pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=self.name)
        return [event.get("ResourceStatusReason", "") for page in pages for event in page["StackEvents"]]

    @property
    def leftovers(self) -> dict[str, list[str]]:
        """Everything of this stack that a deletion should have removed, by kind; only kinds that have any."""
        client = self.aws.client
        found = {
            "images": self.images,
            "rules": self.rules,
            "functions": [f["FunctionName"] for f in client("lambda").list_functions()["Functions"]],
            "roles": [role["RoleName"] for role in client("iam").list_roles()["Roles"]],
            "log groups": [group["logGroupName"] for group in client("logs").describe_log_groups()["logGroups"]],
        }
        ours = {"roles", "functions", "log groups"}
        return {
            kind: names
            for kind, all_names in found.items()
            if (names := [name for name in all_names if kind not in ours or self.name + "-" in name])
        }
