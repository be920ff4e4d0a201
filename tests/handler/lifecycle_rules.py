"""What must always be true of a stack with distributions, whatever happens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from simulated_aws import DISTRIBUTION, WAIT, Call, Sent, SimulatedAccount, Stack

from .lifecycle_requests import ROLLBACK, content_of, contents, problems_of


class Witness:
    """Watches an account and says what must not have happened.

    Attributes:
        by_hand: Images that somebody deleted by hand.
        bystanders: Tags of images that are not the stack's, by ARN.
        forged: Those of them that somebody has tagged as if they were the stack's.
        tampered: Whether somebody has changed what an image of the stack says that it replaced: then a rollback may
            do anything to the stack's own images, and nothing to others.
        foreign_tags: Tags that somebody put on an image by hand, by ARN.
        excused: Whether a script made it impossible to answer a request in time.
    """

    def __init__(self, account: SimulatedAccount) -> None:
        self.by_hand: set[str] = set()
        self.bystanders: dict[str, dict[str, str]] = {}
        self.forged: set[str] = set()
        self.tampered = False
        self._abandoned: set[str] = set()
        self.foreign_tags: dict[str, dict[str, str]] = {}
        self.excused = False
        self.stacks: list[Stack] = []
        self.account = account
        self._seen = 0
        self.calls_by_cause: defaultdict[str, list[Call]] = defaultdict(list)
        self._judged: set[str] = set()
        self.started: dict[str, str] = {}
        self._ever_held: set[str] = set()
        self._retried: defaultdict[str, set[str]] = defaultdict(set)

    @property
    def stack(self) -> Stack:
        """The stack that there is now."""
        return self.stacks[-1]

    def check(self) -> None:
        """Raise AssertionError for anything that must not be."""
        problems = [*self._calls(), *self._requests(), *self._images(), *self._tags()]
        problems = [*([] if self.tampered else problems), *self._bystanders()]
        assert not problems, "\n".join(problems)

    def abandon_stack(self) -> None:
        """Judge the stack and its images no more."""
        self.stacks.pop()
        self._abandoned |= set(self.account.images)
        self.tampered = False

    def leaks(self) -> list[str]:
        """Return what is left when the stack is deleted and all has ended."""
        stacks = self.stacks
        retained = {arn for stack in stacks for arn in stack.resources.retained}
        kept = {*self.bystanders, *self._abandoned, *retained}
        forgotten = {arn for stack in stacks for arn in stack.resources.forgotten}
        images = [arn for arn in self.account.images if arn not in kept and arn not in forgotten]
        left = [arn for arn in images if arn in self._ever_held or not self._may_be_left(arn, retained)]
        return [*left, *self.account.event_bridge.rules]

    def _may_be_left(self, arn: str, retained: set[str]) -> bool:
        """Tell whether an image that CloudFormation never named may be left.

        It is too old to be swept, its age is unknown, a search ended with an image that somebody had forged, or the
        resource was retained, so that no Delete came for it.
        """
        images = self.account.builder.store.images
        unknown = "image.dateCreated" in self.account.omitted
        is_old = images[arn].created < self.account.now - 80_000
        resources = {_resource(images[kept].tags) for kept in retained if kept in images}
        return unknown or is_old or bool(self.forged) or _resource(images[arn].tags) in resources

    # Calls

    def _calls(self) -> Iterator[str]:
        calls, self._seen = self.account.services.calls[self._seen :], len(self.account.services.calls)
        for call in calls:
            self.calls_by_cause[call.cause].append(call)
        by_id = {sent.event["RequestId"]: sent for stack in self.stacks for sent in stack.sent}
        for call in calls:
            sent = by_id.get(call.cause)
            if sent is not None and call.outcome in ("ok", "lost"):
                yield from self._call(call, sent)

    def _call(self, call: Call, sent: Sent) -> Iterator[str]:
        what = f"{call.operation} by {sent.event['RequestType']} of {sent.event['LogicalResourceId']} in {sent.phase}"
        if call.operation == "DistributeImage":
            yield from self._start(call, sent, what)
        arn = call.parameters.get("imageBuildVersionArn") or call.parameters.get("resourceArn", "")
        if call.operation in ("CancelImageCreation", "DeleteImage", "StartResourceStateUpdate"):
            named = sent.event["RequestType"] == "Delete" and sent.event["PhysicalResourceId"] == arn
            if arn in self._ever_held and not named:
                yield f"{what}: CloudFormation did not name {arn}"
            wanted = sent.event["ResourceProperties"].get("AutoDeleteAmis") == "true"
            if call.operation == "StartResourceStateUpdate" and not (named and wanted):
                yield f"{what}: the AMIs of {arn} were not to be deleted"
        if call.operation == "RetryImage":
            yield from self._retry(call, sent, what, arn)

    def _retry(self, call: Call, sent: Sent, what: str, arn: str) -> Iterator[str]:
        if call.outcome == "ok":
            self._retried[arn].add(call.parameters["clientToken"])
        allowed = int(sent.event["ResourceProperties"].get("Retries", 0))
        # A retry whose answer is lost may not be counted.
        if len(self._retried[arn]) > allowed:
            yield f"{what}: retried more than {allowed} times"
        if sent.event["ResourceType"] != WAIT or sent.phase == ROLLBACK:
            yield f"{what}: nothing is to be retried"
        if arn in self.bystanders:
            yield f"{what}: {arn} is not the stack's"

    def _start(self, call: Call, sent: Sent, what: str) -> Iterator[str]:
        token = call.parameters["clientToken"]
        if self.started.setdefault(sent.event["RequestId"], token) != token:
            yield f"{what}: a second distribution"
        # After an update that failed without a rollback, the old properties may be those of the failed one.
        current = contents(self).get(sent.event.get("PhysicalResourceId", ""))
        same = current is not None and current[0] == content_of(sent.event["ResourceProperties"])
        if sent.event["RequestType"] == "Delete" or sent.phase == ROLLBACK or same:
            yield f"{what}: nothing is to be distributed"

    # Requests

    def _requests(self) -> Iterator[str]:
        for stack in self.stacks:
            for sent in stack.sent:
                if sent.outcome and sent.event["RequestId"] not in self._judged:
                    self._judged.add(sent.event["RequestId"])
                    yield from problems_of(self, sent, stack)

    # Images

    def _images(self) -> Iterator[str]:
        store = self.account.builder.store
        for stack in self.stacks:
            resources = stack.resources
            held = {
                held.physical_id
                for held in resources.held.values()
                if held.resource.type == DISTRIBUTION and held.physical_id.startswith("arn:")
            }
            self._ever_held |= held
            for arn in {*held, *resources.retained} - resources.deleted - self.by_hand:
                if arn.startswith("arn:") and arn not in store.images:
                    yield f"{arn} is gone, though the stack holds it or has retained it"
            for arn in resources.retained:
                yield from self._copies_of(arn)
        for ami in self.account.amis.deregistered:
            if ami in _SOURCE_AMIS:
                yield f"the source AMI {ami} is gone"

    def _copies_of(self, arn: str) -> Iterator[str]:
        image = self.account.builder.store.images.get(arn)
        for copy in image.copies if image else []:
            if copy["image"] in self.account.amis.deregistered:
                yield f"{copy['image']} of the retained {arn} is gone"

    def _tags(self) -> Iterator[str]:
        for arn, tags in self.foreign_tags.items():
            image = self.account.builder.store.images.get(arn)
            if image is not None and not tags.items() <= image.tags.items():
                yield f"a tag of somebody else's is gone from {arn}"

    def _bystanders(self) -> Iterator[str]:
        for held in self.stacks[-1].resources.held.values() if self.stacks else []:
            if held.physical_id in self.bystanders:
                yield f"the stack holds {held.physical_id}, which is not its own"
        for arn, tags in self.bystanders.items():
            image = self.account.builder.store.images.get(arn)
            if arn in self.forged:
                continue
            if image is None or image.status not in ("PENDING", "DISTRIBUTING", "INTEGRATING", "AVAILABLE"):
                yield f"{arn} is gone, though it is not the stack's"
            elif image.tags != tags:
                yield f"the tags of {arn} are changed, though it is not the stack's: {image.tags}"


_SOURCE_AMIS = ("ami-0123456789abcdef0", "ami-00000000000000d15", "ami-0000000000000dec0")


def _resource(tags: Mapping[str, str]) -> tuple[str | None, ...]:
    return tuple(tags.get(f"cdk-image-distribution:{key}") for key in ("stack-id", "logical-id"))
