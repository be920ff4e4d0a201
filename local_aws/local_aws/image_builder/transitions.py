"""Carrying out what is due: the only place where an image changes its status by itself."""

from local_aws.image_builder.backend import AmiCopy
from local_aws.image_builder.model import Parameters
from local_aws.image_builder.outcome import RegionFailure
from local_aws.image_builder.role_steps import CREATED_BY
from local_aws.image_builder.states import Due, Target
from local_aws.image_builder.store import Image, LifecycleExecution, Store, iso

_BUILD_DATE = "{{ imagebuilder:buildDate }}"
_NAME = f"{{{{ imagebuilder:imageName }}}} {_BUILD_DATE}"


def advance(store: Store) -> list[tuple[str, str, str]]:
    """Carry out what is due by now, and return the (ARN, previous status, status) of the events to send, in order."""
    now = store.clock()
    for execution in store.executions.values():
        for due in _taken(execution, now):
            _move_lifecycle(store, execution, due)
    for image in list(store.images.values()):
        for due in _taken(image, now):
            _move_image(store, image, due)
    sent = sorted((event for event in store.events if event[0] <= now), key=lambda event: event[0])
    store.events = [event for event in store.events if event[0] > now]
    return [event[1:] for event in sent]


def targets(configuration: Parameters, account: str) -> list[Target]:
    """The copies that a distribution configuration asks for: each Region, in each of its target accounts."""
    return [
        Target(distribution["region"], target)
        for distribution in configuration["distributions"]
        for target in _ami_configuration(distribution).get("targetAccountIds", [account])
    ]


def distribution_of(configuration: Parameters, region: str) -> Parameters:
    """The part of a configuration that is for a Region."""
    return next(item for item in configuration["distributions"] if item["region"] == region)


def change_status(store: Store, image: Image, status: str, at: float) -> None:
    """Give an image a status, and queue the event that tells of it unless its script loses events."""
    previous, image.status = image.status, status
    if image.outcome.sends_events:
        store.events.append((at + image.outcome.event_delay, image.arn, previous, status))


def _taken(planned: Image | LifecycleExecution, now: float) -> list[Due]:
    taken = [due for due in planned.plan if due.at <= now]
    planned.plan = planned.plan[len(taken) :]
    return taken


def _move_image(store: Store, image: Image, due: Due) -> None:
    if due.begins is not None:
        if not _is_source(store, due.begins):
            image.pending[due.begins] = _begin_copy(store, image, due.begins, due.at, due.ends)
        return
    if due.copy is not None:
        _end_copy(store, image, due.copy, due.at)
        return
    if due.status == "FAILED":
        _fail(store, image)
    elif due.status == "PENDING":
        image.reason, image.failure = "", {}
    elif due.status == "AVAILABLE":
        _write_parameters(store, image)
        _update_templates(store, image)
        if image.outcome.lists_source == "last":
            image.copies.append(output_ami(Target(store.region, store.account), image.source, "source"))
    elif due.status == "CANCELLED":
        image.reason = "Image creation was cancelled."
        _give_up_copies(store, image)
    change_status(store, image, due.status, due.at)


def _is_source(store: Store, target: Target) -> bool:
    return store.backend.home_is_source and (target.region, target.account) == (store.region, store.account)


def _begin_copy(store: Store, image: Image, target: Target, at: float, ends: float) -> str:
    settings = _ami_configuration(distribution_of(image.configuration, target.region))
    copy = AmiCopy(
        region=target.region,
        account=target.account,
        source=image.source,
        name=_ami_name(image, target),
        description=settings.get("description", ""),
        tags={**settings.get("amiTags", {}), **CREATED_BY, "Ec2ImageBuilderArn": image.arn},
        shared_with=tuple(settings.get("launchPermission", {}).get("userIds", ())),
        begins=at,
        ends=ends,
    )
    ami = store.backend.register_ami(copy)
    image.copy_tags[ami] = dict(copy.tags)
    return ami


def _end_copy(store: Store, image: Image, target: Target, at: float) -> None:
    ami = image.pending.pop(target, "") or _begin_copy(store, image, target, at, at)
    settings = _ami_configuration(distribution_of(image.configuration, target.region))
    image.copies.append(output_ami(target, ami, _ami_name(image, target), settings.get("description", "")))


def _give_up_copies(store: Store, image: Image) -> None:
    kept = image.outcome.cancel_keeps
    if kept != "all":
        for target, ami in image.pending.items():
            store.backend.deregister_ami(target.region, target.account, ami, snapshots=True)
    if kept == "none":
        for copy in image.copies:
            store.backend.deregister_ami(copy["region"], copy["accountId"], copy["image"], snapshots=True)
        image.copies = []
    image.pending = {}


def _ami_name(image: Image, target: Target) -> str:
    name = _ami_configuration(distribution_of(image.configuration, target.region)).get("name", _NAME)
    dated: str = name.replace(_BUILD_DATE, iso(image.created, separator="-"))
    return dated.replace("{{ imagebuilder:imageName }}", image_name(image))


def _fail(store: Store, image: Image) -> None:
    failures = image.outcome.failures
    where = ", ".join(f"{failure.region} ({failure.account or store.account})" for failure in failures)
    image.reason = f"Image distribution failed in {len(failures)} Region(s): {where}."
    image.failure = {
        "imageStatus": image.status,
        "distributionFailure": {
            "errorMessage": image.reason,
            "regionFailures": [_region_failure(failure, store.account) for failure in failures],
        },
    }
    failed_later = {(failure.region, failure.account or store.account): failure.message for failure in failures}
    for copy in image.copies:
        message = failed_later.get((copy["region"], copy["accountId"]))
        if message:
            copy["state"] = {"status": "FAILED", "reason": message[:1024]}


def _region_failure(failure: RegionFailure, account: str) -> Parameters:
    report = {
        "region": failure.region,
        "targetAccountId": failure.account or account,
        "status": failure.status,
        "errorMessage": failure.message,
    }
    return {**report, "imageConfigurationStep": failure.step} if failure.step else report


def _write_parameters(store: Store, image: Image) -> None:
    for copy in image.copies:
        region, account = copy["region"], copy["accountId"]
        for parameter in distribution_of(image.configuration, region).get("ssmParameterConfigurations", []):
            if parameter.get("amiAccountId", store.account) == account:
                data_type = parameter.get("dataType", "text")
                store.backend.put_parameter(region, account, parameter["parameterName"], copy["image"], data_type)


def _update_templates(store: Store, image: Image) -> None:
    """Add versions to launch templates; those of other accounts get the AMI of this one, if there is one."""
    amis = {(copy["region"], copy["accountId"]): copy["image"] for copy in image.copies}
    for region in dict.fromkeys(region for region, _ in amis):
        for template in distribution_of(image.configuration, region).get("launchTemplateConfigurations", []):
            account = template.get("accountId", store.account)
            ami = amis.get((region, store.account)) or amis.get((region, account))
            if ami is not None:
                store.backend.add_launch_template_version(
                    region, account, template["launchTemplateId"], ami, bool(template.get("setDefaultVersion"))
                )


def _move_lifecycle(store: Store, execution: LifecycleExecution, due: Due) -> None:
    execution.status = due.status
    if due.status in ("SUCCESS", "FAILED"):
        execution.ended = due.at
    image = store.images.get(execution.arn)
    if due.status != "SUCCESS" or image is None:
        return
    if execution.amis:
        _deregister(store, image, execution)
    change_status(store, image, execution.status_wanted, due.at)
    if execution.status_wanted == "DELETED" and image.outcome.lifecycle_removes_record:
        store.remove(image)


def _deregister(store: Store, image: Image, execution: LifecycleExecution) -> None:
    spared = []
    for copy in image.copies:
        if is_spared(image, copy, execution.spared):
            spared.append(copy)
            continue
        place = copy["region"], copy["accountId"], copy["image"]
        store.backend.deregister_ami(*place, snapshots=execution.snapshots)
    image.copies = spared


def is_spared(image: Image, copy: Parameters, rules: Parameters) -> bool:
    """Whether the exclusion rules of a lifecycle execution keep an AMI."""
    tags = rules.get("tagMap", {}).items() & image.copy_tags.get(copy["image"], {}).items()
    return copy["region"] in rules.get("regions", []) or bool(tags)


def output_ami(target: Target, ami: str, name: str, description: str = "") -> Parameters:
    """An AMI as GetImage lists it among the output resources."""
    entry: Parameters = {"region": target.region, "image": ami, "name": name, "accountId": target.account}
    if description:
        entry["description"] = description
    return {**entry, "state": {"status": "AVAILABLE"}}


def image_name(image: Image) -> str:
    """The name of an image, as it stands in its ARN."""
    return image.arn.split("/")[1]


def _ami_configuration(distribution: Parameters) -> Parameters:
    settings: Parameters = distribution.get("amiDistributionConfiguration", {})
    return settings
