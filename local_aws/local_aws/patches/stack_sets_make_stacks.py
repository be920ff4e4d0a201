"""A StackSet with service-managed permissions makes a stack in each account of an organisation's units.

ministack records the resource and makes nothing: a deployment would go well with no role anywhere. Here its stacks
are made and deleted as those of any other caller, by CreateStack and DeleteStack in each account and Region, and
Organizations says which accounts there are. What is not part of it is refused: StackSets that a template updates,
parameters, self-managed permissions. Accounts that join a unit later get no stack. Source: CloudFormation user guide,
StackSets concepts.
"""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
from ministack.core import responses
from ministack.services.cloudformation import provisioners, stacks

from local_aws.patching import existing, replace

_TYPE = "AWS::CloudFormation::StackSet"
_KNOWN = frozenset(
    {
        "AutoDeployment",
        "Capabilities",
        "Description",
        "PermissionModel",
        "StackInstancesGroup",
        "StackSetName",
        "TemplateBody",
    }
)
_LOOK_SECONDS = 0.1
_GIVE_UP_SECONDS = 120.0

Properties = dict[str, Any]
Place = tuple[str, str]


def install() -> None:
    """Register the resource type, and let it be made in a thread of its own: it calls this server."""
    made: dict[str, dict[Place, str]] = {}

    def create(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        _check(properties)
        identifier = f"{properties['StackSetName']}:{uuid.uuid4()}"
        instances = made[identifier] = {}
        try:
            for place in _places(properties):
                name = f"StackSet-{properties['StackSetName']}-{uuid.uuid4()}"
                instances[place] = name
                _create_stack(place, name, properties)
        except Exception:
            _delete_all(made.pop(identifier))
            raise
        return identifier, {"StackSetId": identifier}

    def update(identifier: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        raise ValueError("The local AWS creates and deletes StackSets, and updates none: destroy the stack first.")

    def delete(identifier: str, properties: Properties) -> None:
        _delete_all(made.get(identifier, {}))
        made.pop(identifier, None)

    existing(provisioners, "_RESOURCE_HANDLERS")[_TYPE] = {"create": create, "update": update, "delete": delete}

    def wrap(original: Callable[[str], bool]) -> Callable[[str], bool]:
        return lambda resource_type: resource_type == _TYPE or original(resource_type)

    replace(stacks, "_runs_on_worker_thread", wrap)


def _check(properties: Properties) -> None:
    unknown = sorted(properties.keys() - _KNOWN)
    if unknown or properties.get("PermissionModel") != "SERVICE_MANAGED" or "TemplateBody" not in properties:
        raise ValueError(
            "The local AWS has StackSets with PermissionModel SERVICE_MANAGED and a TemplateBody alone"
            + (f", and not {', '.join(unknown)}." if unknown else ".")
        )


def _places(properties: Properties) -> list[Place]:
    management = responses.get_account_id()
    organizations = _client("organizations", (management, responses.get_region()))
    return [
        (account, region)
        for group in properties.get("StackInstancesGroup", [])
        for unit in group["DeploymentTargets"]["OrganizationalUnitIds"]
        for account in _accounts(organizations, unit)
        # StackSets leave the management account out, whatever unit it is in.
        if account != management
        for region in group["Regions"]
    ]


def _accounts(organizations: Any, unit: str) -> Iterator[str]:
    if not unit.startswith("r-"):
        organizations.describe_organizational_unit(OrganizationalUnitId=unit)
    for account in organizations.list_accounts_for_parent(ParentId=unit)["Accounts"]:
        if account["Status"] == "ACTIVE":
            yield account["Id"]
    for inner in organizations.list_organizational_units_for_parent(ParentId=unit)["OrganizationalUnits"]:
        yield from _accounts(organizations, inner["Id"])


def _create_stack(place: Place, name: str, properties: Properties) -> None:
    cloudformation = _client("cloudformation", place)
    cloudformation.create_stack(
        StackName=name, TemplateBody=properties["TemplateBody"], Capabilities=properties.get("Capabilities", [])
    )
    _wait(cloudformation, name, "CREATE_COMPLETE", place)


def _delete_all(instances: dict[Place, str]) -> None:
    for place, name in instances.items():
        cloudformation = _client("cloudformation", place)
        cloudformation.delete_stack(StackName=name)
        _wait(cloudformation, name, "DELETE_COMPLETE", place)


def _wait(cloudformation: Any, name: str, wanted: str, place: Place) -> None:
    give_up = time.monotonic() + _GIVE_UP_SECONDS
    while time.monotonic() < give_up:
        found = {stack["StackName"]: stack for stack in cloudformation.describe_stacks()["Stacks"]}
        stack = found.get(name, {"StackStatus": "DELETE_COMPLETE"})
        if stack["StackStatus"] == wanted:
            return
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            break
        time.sleep(_LOOK_SECONDS)
    account, region = place
    raise ValueError(f"The StackSet's stack {name} in account {account}, {region}, did not become {wanted}.")


def _client(service: str, place: Place) -> Any:
    account, region = place
    return botocore.session.Session().create_client(
        service,
        region_name=region,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        verify=os.environ["AWS_CA_BUNDLE"],
        # ministack takes an account's id as the access key of its root user.
        aws_access_key_id=account,
        aws_secret_access_key=account,
    )
