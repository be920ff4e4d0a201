"""Image Builder: the stand-in of local_aws, as a part of the simulation."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from local_aws.image_builder import AnswerLost as StandInAnswerLost
from local_aws.image_builder import ImageBuilder, ServiceError, omission

from .amis import Amis
from .faults import AnswerLost, Refused
from .requests import ACCOUNT, CONFIGURATION_ARN, OTHER_ACCOUNT
from .simulation import Simulation
from .tag_index import TagIndex


class HostedImageBuilder:
    """The stand-in with one distribution configuration: to this account, and in a second Region to another one too.

    Attributes:
        stand_in: The stand-in itself.
        omitted: Members that its answers lack.
    """

    def __init__(self, simulation: Simulation, amis: Amis, tags: TagIndex, state_changed: Callable[[str], None]):
        self.stand_in = ImageBuilder(
            account=ACCOUNT,
            clock=simulation.now,
            wait=simulation.sleep,
            on_state_change=lambda arn, previous, status: state_changed(arn),
            backend=amis,
        )
        self.omitted: set[str] = set()
        self._tags = tags
        self.stand_in.call(
            "CreateDistributionConfiguration",
            name=CONFIGURATION_ARN.rpartition("/")[2],
            distributions=[
                {"region": "eu-west-1"},
                {"region": "us-east-1", "amiDistributionConfiguration": {"targetAccountIds": [ACCOUNT, OTHER_ACCOUNT]}},
            ],
            clientToken="configuration",
        )

    def answer(self, operation: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        """Answer one call."""
        try:
            answer = self.stand_in.call(operation, **parameters)
        except ServiceError as error:
            raise Refused(error.code, error.message, error.status) from error
        except StandInAnswerLost as lost:
            raise AnswerLost from lost
        finally:
            self._note_tags()
        return omission.without(answer, self.omitted)

    def next_due(self) -> float:
        """Return when an image or a lifecycle execution changes, or an event is sent."""
        store = self.stand_in.store
        plans = itertools.chain(
            (image.plan for image in store.images.values()),
            (execution.plan for execution in store.executions.values()),
        )
        changes = min((plan[0].at for plan in plans if plan), default=float("inf"))
        return min(changes, min((event[0] for event in store.events), default=float("inf")))

    def act(self) -> None:
        """Carry out what is due."""
        self.stand_in.advance()
        self._note_tags()

    def tags_of(self, arn: str) -> Mapping[str, str]:
        """Return the tags of an image, none if it does not exist."""
        image = self.stand_in.store.images.get(arn)
        return image.tags if image else {}

    def _note_tags(self) -> None:
        self._tags.note({image.arn: image.tags for image in self.stand_in.store.images.values()})
