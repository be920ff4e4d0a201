"""The custom resources that wait for a distribution: one, or a chain of them for more than 55 minutes."""

from __future__ import annotations

import hashlib
import itertools
import json
import math

import jsii
from aws_cdk import CfnResource, IStableAnyProducer, Lazy, Stack, Token
from constructs import Construct

RESOURCE_TYPE = "Custom::ImageDistributionWait"

# CloudFormation gives a custom resource an hour at most. A request may be delivered some minutes late, a deadline is
# seen only at a poll, and the answer takes an invocation: a part of the wait leaves five minutes for that.
_SERVICE_TIMEOUT = 3600
_LONGEST_PART = 3300

# A response has 4,096 bytes at most. Ids, names and ARNs at their longest take 1,300 of it; each AMI takes its
# attribute's name and its id.
_ROOM_FOR_AMI_IDS = 2_700
_AMI_ID_IN_RESPONSE = len('"": "ami-0123456789abcdef0", ')


class ImageDistributionWait(Construct):
    """Waits until an image is AVAILABLE, and fails with Image Builder's reason when it will not be."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image_arn: str,
        seconds: int,
        service_token: str,
    ) -> None:
        super().__init__(scope, id)
        self._ami_ids = _AmiIds(self)
        segments = math.ceil(seconds / _LONGEST_PART)
        each = math.ceil(seconds / segments)
        resources = [
            CfnResource(
                self,
                "Resource" if segment == segments else f"Segment{segment}",
                type=RESOURCE_TYPE,
                properties={
                    "ServiceToken": service_token,
                    "ServiceTimeout": str(_SERVICE_TIMEOUT),
                    "ImageArn": image_arn,
                    "Segment": str(segment),
                    "Segments": str(segments),
                    "Seconds": str(each),
                    "AmiIds": Lazy.any(self._ami_ids, omit_empty_array=True) if segment == segments else None,
                },
            )
            for segment in range(1, segments + 1)
        ]
        # The first depends on the distribution by ImageArn, and with it on the function's policy.
        for before, resource in itertools.pairwise(resources):
            resource.node.add_dependency(before)
        self._last = resources[-1]

    @property
    def image_arn(self) -> str:
        """The image's ARN, known once the distribution is done."""
        return self._attribute("ImageArn")

    @property
    def places(self) -> list[tuple[str, str | None]]:
        """Region and account of each AMI id asked for; None is the stack's own account."""
        return self._ami_ids.places

    def ami_id(self, region: str, account: str | None) -> str:
        """Return a token for the AMI's id in a Region and account, and have the wait answer it.

        Raises:
            ValueError: More AMI ids are asked for than fit into CloudFormation's response.
        """
        return self._attribute(self._ami_ids.attribute(region, account))

    def _attribute(self, name: str) -> str:
        return self._last.get_att(name).to_string()


@jsii.implements(IStableAnyProducer)
class _AmiIds:
    """The AMI ids that the template asks for: Region and account by the attribute's name."""

    def __init__(self, scope: Construct) -> None:
        self._scope = scope
        self._places: dict[str, dict[str, str]] = {}

    def attribute(self, region: str, account: str | None) -> str:
        place = {"Region": region}
        if account is not None and account != Stack.of(self._scope).account:
            place["Account"] = account
        name = ".".join(["AmiId", *(self._named(part) for part in place.values())])
        self._places[name] = place
        room = sum(len(known) + _AMI_ID_IN_RESPONSE for known in self._places)
        if room > _ROOM_FOR_AMI_IDS:
            raise ValueError(
                "ami_id() must be asked for as many Regions and accounts as fit into CloudFormation's response of "
                f"4,096 bytes, got {len(self._places)}, one too many. Let the distribution configuration write the "
                "others to SSM parameters."
            )
        return name

    @property
    def places(self) -> list[tuple[str, str | None]]:
        return [(place["Region"], place.get("Account")) for place in self._places.values()]

    def _named(self, part: str) -> str:
        # An attribute's name is a literal; a token such as AWS::Region is named by what it resolves to.
        if not Token.is_unresolved(part):
            return part
        resolved = json.dumps(Stack.of(self._scope).resolve(part), sort_keys=True)
        return hashlib.sha256(resolved.encode()).hexdigest()[:8]

    def produce(self) -> dict[str, dict[str, str]] | None:
        return self._places or None
