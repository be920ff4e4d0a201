"""Checks a distribution as it stands at synthesis, when every aspect and later line of the app has had its say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aws_cdk import aws_iam as iam
from constructs import IConstruct

from ._configuration_rules import configuration_errors, place_errors
from ._distribution_configuration import DistributionConfiguration
from ._distribution_resource import DistributionResource
from ._doubts import doubts, new_region_doubts
from ._environment import environment_of, stack_of
from ._limits import tag_problems
from ._role_trust import trust_errors
from ._synthesis import set_errors
from ._waiting import Wait
from ._warnings import warn


class Preflight:
    """Stops the synthesis for what cannot be right, and warns of what may not be."""

    def __init__(
        self,
        scope: IConstruct,
        *,
        resource: DistributionResource,
        configuration: DistributionConfiguration,
        wait: Wait | None,
        roles: Mapping[str, iam.IRole | None],
        auto_delete_amis: bool,
    ) -> None:
        self._scope = scope
        self._resource = resource
        self._configuration = configuration
        self._wait = wait
        self._roles = roles
        self._auto_delete_amis = auto_delete_amis

    def check(self) -> None:
        """Report the errors, and put the warnings on the construct."""
        set_errors(self._scope, [*self._errors_of_arguments(), *self._errors_of_configuration()])

    def _errors_of_arguments(self) -> Iterator[str]:
        yield from tag_problems(self._resource.tags)
        for argument, role in self._roles.items():
            yield from trust_errors(argument, role)

    def _errors_of_configuration(self) -> Iterator[str]:
        places = self._wait.places if self._wait is not None else []
        if self._configuration.resource is None:
            for name, sentence in new_region_doubts(region for region, _ in places):
                warn(self._scope, name, sentence)
            return
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
            yield "distribution_configuration must have at least one distribution, got none. Name a Region in it."
        own = environment_of(stack_of(self._scope))
        yield from configuration_errors(self._scope, own, self._configuration.name(), distributions)
        yield from place_errors(own, distributions, places)
