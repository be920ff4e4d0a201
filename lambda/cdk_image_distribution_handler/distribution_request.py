"""What a `Custom::ImageDistribution` asks for, read from the properties of its event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class DistributionRequest:
    """The parameters of one DistributeImage call, but for its token and our own tags."""

    source_image: str
    distribution_configuration_arn: str
    execution_role: str
    log_group_name: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    revision: str | None = None

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> DistributionRequest:
        """Read the property contract in this package's docstring.

        Raises:
            KeyError: A required property is absent: the template was not written by the construct.
        """
        return cls(
            source_image=properties["SourceImage"],
            distribution_configuration_arn=properties["DistributionConfigurationArn"],
            execution_role=properties["ExecutionRole"],
            log_group_name=properties.get("LogGroupName"),
            tags=properties.get("Tags", {}),
            revision=properties.get("Revision"),
        )
