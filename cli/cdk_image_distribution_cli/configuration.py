"""What a distribution configuration says, as Image Builder or as a template has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import reading

if TYPE_CHECKING:
    from .aws import Aws


@dataclass(frozen=True)
class LaunchTemplate:
    """A launch template that gets a version with the AMI; an empty account is the stack's own."""

    id: str
    account: str


@dataclass(frozen=True)
class Parameter:
    """An SSM parameter that gets the AMI's id; an empty account is the stack's own."""

    name: str
    account: str
    data_type: str


@dataclass(frozen=True)
class RegionPlan:
    """What goes to one Region. In a template, a value that only the deployment knows is `Unresolved`.

    Attributes:
        region: The Region.
        accounts: The accounts that get a copy of their own; empty for the stack's own.
        ami_name: The name of the AMI, with `{{ … }}` for what Image Builder inserts.
        kms_key: The key that encrypts the copies, empty for none.
        shared_with: Accounts, organizations and units that may launch the AMI; `all` for everybody.
        launch_templates: The launch templates.
        parameters: The SSM parameters.
    """

    region: str
    accounts: tuple[str, ...]
    ami_name: str
    kms_key: str
    shared_with: tuple[str, ...]
    launch_templates: tuple[LaunchTemplate, ...]
    parameters: tuple[Parameter, ...]


def read(aws: Aws, arn: str) -> tuple[RegionPlan, ...]:
    """Return what a configuration of Image Builder says.

    Raises:
        Unread: It cannot be read.
    """
    with reading(f"Reading {arn}"):
        answer = aws.image_builder.get_distribution_configuration(distributionConfigurationArn=arn)
    described: Mapping[str, Any] = answer.get("distributionConfiguration", {})
    return parse(described.get("distributions", []))


def parse(distributions: Iterable[Mapping[str, Any]]) -> tuple[RegionPlan, ...]:
    """Return the plan of each Region; keys may begin with a capital, as in templates, or not, as in the API."""
    return tuple(_region_plan(_uncapitalised(item)) for item in distributions if isinstance(item, Mapping))


def _region_plan(item: Mapping[str, Any]) -> RegionPlan:
    settings = item.get("amiDistributionConfiguration") or {}
    permission = settings.get("launchPermission") or settings.get("launchPermissionConfiguration") or {}
    shared = [
        entity
        for kind in ("userIds", "userGroups", "organizationArns", "organizationalUnitArns")
        for entity in permission.get(kind) or []
    ]
    return RegionPlan(
        region=_text(item.get("region")),
        accounts=_texts(settings.get("targetAccountIds")),
        ami_name=_text(settings.get("name")),
        kms_key=_text(settings.get("kmsKeyId")),
        shared_with=_texts(shared),
        launch_templates=tuple(
            LaunchTemplate(_text(found.get("launchTemplateId")), _text(found.get("accountId")))
            for found in item.get("launchTemplateConfigurations") or []
        ),
        parameters=tuple(
            Parameter(_text(found.get("parameterName")), _text(found.get("amiAccountId")), _text(found.get("dataType")))
            for found in item.get("ssmParameterConfigurations") or []
        ),
    )


def _uncapitalised(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key[:1].lower() + key[1:]: _uncapitalised(item) for key, item in value.items()}
    return [_uncapitalised(item) for item in value] if isinstance(value, list) else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(value for value in values or [] if isinstance(value, str))
