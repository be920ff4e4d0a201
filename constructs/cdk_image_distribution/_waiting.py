"""The custom resources that wait for a distribution: one, or a chain of them for more than 55 minutes."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from functools import cached_property

from aws_cdk import CfnResource
from constructs import Construct

from ._dependencies import depend
from ._distribution_resource import DistributionResource
from ._environment import environment_of, stack_of
from ._literal import is_literal

RESOURCE_TYPE = "Custom::ImageDistributionWait"

# CloudFormation gives a custom resource an hour at most. A request may be delivered some minutes late, a deadline is
# seen only at a poll, and the answer takes an invocation: a part of the wait leaves five minutes for that.
_SERVICE_TIMEOUT = 3600
_LONGEST_PART = 3300

# A response has 4,096 bytes at most. Ids, names and ARNs at their longest take 1,300 of it; each AMI takes its
# attribute's name and its id.
_ROOM_FOR_AMI_IDS = 2_700
_AMI_ID_IN_RESPONSE = len('"": "ami-0123456789abcdef0", ')


class Wait:
    """Waits until an image is AVAILABLE, and fails with Image Builder's reason when it will not be.

    Args:
        scope: The distribution, which gets the resources.
        started: What starts the distribution.
        seconds: How long all parts wait together.
        retries: How often a failed distribution is retried, by all parts together.
    """

    def __init__(self, scope: Construct, started: DistributionResource, seconds: int, retries: int) -> None:
        self._scope = scope
        self._places: dict[str, dict[str, str]] = {}
        segments = math.ceil(seconds / _LONGEST_PART)
        each = math.ceil(seconds / segments)
        resources = [
            CfnResource(
                scope,
                "Wait" if segment == segments else f"WaitSegment{segment}",
                type=RESOURCE_TYPE,
                properties={
                    "ServiceToken": started.service_token,
                    "ServiceTimeout": str(_SERVICE_TIMEOUT),
                    "ImageArn": started.image_attribute,
                    "Segment": str(segment),
                    "Segments": str(segments),
                    "Seconds": str(each),
                    "Distribution": started.resource.logical_id,
                    **({"Retries": str(retries)} if retries else {}),
                },
            )
            for segment in range(1, segments + 1)
        ]
        # The first depends on the distribution by ImageArn, and with it on the function's policy.
        for before, resource in itertools.pairwise(resources):
            depend(resource, before)
            if retries:
                resource.add_property_override("Retried", before.get_att("Retried"))
        #: The resource that ends the wait.
        self.last = resources[-1]

    @cached_property
    def image_arn(self) -> str:
        """The image's ARN, known once the distribution is done."""
        return self._attribute("ImageArn")

    @property
    def places(self) -> list[tuple[str, str | None]]:
        """Region and account of each AMI id asked for; None is the stack's own account."""
        return [(place["Region"], place.get("Account")) for place in self._places.values()]

    def ami_id(self, region: str, account: str | None) -> str:
        """Return a token for the AMI's id in a Region and account, and have the wait answer it.

        Raises:
            ValueError: More AMI ids are asked for than fit into CloudFormation's response.
        """
        place = {"Region": region}
        if account is not None and account != environment_of(stack_of(self._scope)).account:
            place["Account"] = account
        name = ".".join(["AmiId", *(self._named(part) for part in place.values())])
        if name not in self._places:
            self._places[name] = place
            self._check_room()
            # Not in the properties from the first: most ask for none, and a list known later is three round trips.
            self.last.add_property_override("AmiIds", self._places)
        return self._attribute(name)

    def _check_room(self) -> None:
        room = sum(len(known) + _AMI_ID_IN_RESPONSE for known in self._places)
        if room > _ROOM_FOR_AMI_IDS:
            raise ValueError(
                "ami_id() must be asked for as many Regions and accounts as fit into CloudFormation's response of "
                f"4,096 bytes, got {len(self._places)}, one too many. Let the distribution configuration write the "
                "others to SSM parameters."
            )

    def _named(self, part: str) -> str:
        # An attribute's name is a literal; a token such as AWS::Region is named by what it resolves to.
        if is_literal(part):
            return part
        resolved = json.dumps(stack_of(self._scope).resolve(part), sort_keys=True)
        return hashlib.sha256(resolved.encode()).hexdigest()[:8]

    def _attribute(self, name: str) -> str:
        return self.last.get_att(name).to_string()
