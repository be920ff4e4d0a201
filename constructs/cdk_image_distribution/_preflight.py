"""Checks a distribution as it stands at synthesis, when every aspect and later line of the app has had its say."""

from __future__ import annotations

from collections.abc import Mapping

import jsii
from aws_cdk import Stack, TagManager
from aws_cdk import aws_iam as iam
from constructs import IConstruct, IValidation

from ._configuration_rules import configuration_errors, place_errors
from ._distribution_configuration import DistributionConfiguration
from ._doubts import doubts, new_region_doubts
from ._environment import environment_of
from ._limits import tag_problems
from ._role_trust import trust_errors
from ._waiting import ImageDistributionWait
from ._warnings import warn


@jsii.implements(IValidation)
class Preflight:
    """Stops the synthesis for what cannot be right, and warns of what may not be."""

    def __init__(
        self,
        scope: IConstruct,
        *,
        tags: TagManager,
        configuration: DistributionConfiguration,
        wait: ImageDistributionWait | None,
        roles: Mapping[str, iam.IRole | None],
        auto_delete_amis: bool,
    ) -> None:
        self._scope = scope
        self._tags = tags
        self._configuration = configuration
        self._wait = wait
        self._roles = roles
        self._auto_delete_amis = auto_delete_amis

    def validate(self) -> list[str]:
        """Return a sentence for each error, and put the warnings on the construct."""
        problems = tag_problems(self._tags.tag_values())
        problems += [error for argument, role in self._roles.items() for error in trust_errors(argument, role)]
        places = self._wait.places if self._wait is not None else []
        if self._configuration.resource is None:
            for name, sentence in new_region_doubts(region for region, _ in places):
                warn(self._scope, name, sentence)
            return problems
        distributions = self._configuration.distributions()
        found = doubts(
            self._scope,
            distributions,
            makes_role=self._roles["execution_role"] is None,
            auto_delete_amis=self._auto_delete_amis,
        )
        for name, sentence in found:
            warn(self._scope, name, sentence)
        if not distributions and self._configuration.is_empty():
            problems.append(
                "distribution_configuration must have at least one distribution, got none. Name a Region in it."
            )
        own = environment_of(Stack.of(self._scope))
        return [
            *problems,
            *configuration_errors(own, self._configuration.name(), distributions),
            *place_errors(own, distributions, places),
        ]
