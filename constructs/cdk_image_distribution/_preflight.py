"""Checks a distribution as it stands at synthesis, when every aspect and later line of the app has had its say."""

from __future__ import annotations

from collections.abc import Iterable

import jsii
from aws_cdk import Annotations, TagManager
from constructs import IConstruct, IValidation

from ._configuration_rules import configuration_errors, copies_that_stay, place_errors, target_role_doubts
from ._distribution_configuration import DistributionConfiguration
from ._limits import tag_problems
from ._waiting import ImageDistributionWait

_WARNINGS = "cdk-image-distribution:"


@jsii.implements(IValidation)
class Preflight:
    """Stops the synthesis for what cannot be right, and warns of what may not be.

    Warnings can be acknowledged by their ids: `cdk-image-distribution:targetRole`, target accounts without a
    cross-account role in the app; `cdk-image-distribution:copiesStay`, AMIs that `auto_delete_amis`
    does not reach without one.
    """

    def __init__(
        self,
        scope: IConstruct,
        *,
        tags: TagManager,
        configuration: DistributionConfiguration,
        wait: ImageDistributionWait | None,
        auto_delete_amis: bool,
    ) -> None:
        self._scope = scope
        self._tags = tags
        self._configuration = configuration
        self._wait = wait
        self._auto_delete_amis = auto_delete_amis

    def validate(self) -> list[str]:
        """Return a sentence for each error, and put the warnings on the construct."""
        problems = tag_problems(self._tags.tag_values())
        if self._configuration.resource is None:
            return problems
        distributions = self._configuration.distributions()
        self._warn("targetRole", target_role_doubts(self._scope, distributions))
        if self._auto_delete_amis:
            self._warn("copiesStay", copies_that_stay(self._scope, distributions))
        return [
            *problems,
            *configuration_errors(self._scope, self._configuration.name(), distributions),
            *place_errors(self._scope, distributions, self._wait.places if self._wait is not None else ()),
        ]

    def _warn(self, id: str, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            Annotations.of(self._scope).add_warning_v2(_WARNINGS + id, sentence)
