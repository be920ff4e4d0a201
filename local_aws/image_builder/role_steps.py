"""The steps of a distribution that its roles may not do, each a failure where AWS would report it."""

from collections.abc import Iterable, Iterator, Mapping

from local_aws.image_builder.authorization import request_tags
from local_aws.image_builder.faults import RegionFailure
from local_aws.image_builder.model import Parameters
from local_aws.image_builder.states import Target
from local_aws.image_builder.store import Store
from local_aws.image_builder.surroundings import Context

# Image Builder tags what it makes so; its managed policies touch nothing else.
CREATED_BY = {"CreatedBy": "EC2 Image Builder"}

TARGET_ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
LIFECYCLE_ROLE = "Ec2ImageBuilderCrossAccountLifecycleAccess"
_COPY = ""

#: The step, the action, its resource and the condition keys.
Needed = tuple[str, str, str, Context]


def failing_step(
    store: Store, role: str, target: Target, distribution: Parameters, source: str
) -> RegionFailure | None:
    """The first step that the roles of a distribution may not do for a target, or None.

    Args:
        store: The Image Builder that distributes.
        role: The ARN of the execution role.
        target: The copy.
        distribution: The part of the configuration for its Region.
        source: The AMI that is copied.
    """
    backend = store.surroundings
    elsewhere = target.account != store.account
    acting = role
    if elsewhere:
        problem = backend.target_role_problem(role, target.account, TARGET_ROLE)
        if problem:
            return RegionFailure(target.region, problem, account=target.account)
        acting = f"arn:aws:iam::{target.account}:role/{TARGET_ROLE}"
        sharing = _first_denied(store, role, store.region, _sharing(store, source))
        if sharing:
            return RegionFailure(target.region, sharing[1], account=target.account)
    denied = _first_denied(store, acting, target.region, _steps(store.account, target, distribution, source))
    if denied is None:
        return None
    return RegionFailure(target.region, denied[1], account=target.account if elsewhere else "", step=denied[0])


def log_failure(store: Store, role: str, logging: Parameters) -> RegionFailure | None:
    """The failure of a distribution whose execution role may not write to its log group, or None."""
    group = logging.get("logGroupName")
    if group is None:
        return None
    stream = f"arn:aws:logs:{store.region}:{store.account}:log-group:{group}:log-stream:1.0.0/1"
    needed: list[Needed] = [(_COPY, f"logs:{action}", stream, {}) for action in ("CreateLogStream", "PutLogEvents")]
    denied = _first_denied(store, role, store.region, needed)
    return RegionFailure(store.region, denied[1]) if denied else None


def deletion_denial(store: Store, role: str, copy: Parameters, image: str, snapshots: bool) -> str | None:
    """Why a lifecycle execution may not delete an AMI with its role, or None.

    AMIs of another account are deleted with a role there. Source: Image Builder user guide, lifecycle prerequisites.

    Args:
        store: The Image Builder that deletes.
        role: The ARN of the role that the execution was given.
        copy: The AMI as GetImage lists it.
        image: The ARN of the image.
        snapshots: Whether its snapshots are deleted too.
    """
    region, account, ami = copy["region"], copy["accountId"], copy["image"]
    if account != store.account:
        role = f"arn:aws:iam::{account}:role/{LIFECYCLE_ROLE}"
        problem = store.surroundings.service_role_problem(role, image)
        if problem:
            return problem
    tags = _tagged(store.surroundings.ami_tags(region, account, ami))
    needed: list[Needed] = [(_COPY, "ec2:DeregisterImage", _image(region, ami), tags)]
    if snapshots:
        needed.append((_COPY, "ec2:DeleteSnapshot", f"arn:aws:ec2:{region}::snapshot/*", tags))
    denied = _first_denied(store, role, region, needed)
    return denied[1] if denied else None


def _first_denied(store: Store, role: str, region: str, needed: Iterable[Needed]) -> tuple[str, str] | None:
    for step, action, resource, context in needed:
        denial = store.surroundings.role_denial(role, action, resource, region, context)
        if denial:
            return step, denial
    return None


def _sharing(store: Store, source: str) -> Iterator[Needed]:
    """Share the source with a target account, which copies it then."""
    backend = store.surroundings

    def tagged(resource: str) -> Context:
        return _tagged(backend.ami_tags(store.region, store.account, resource))

    yield _COPY, "ec2:ModifyImageAttribute", _image(store.region, source), tagged(source)
    for snapshot in backend.ami_snapshots(source):
        arn = f"arn:aws:ec2:{store.region}::snapshot/{snapshot}"
        yield _COPY, "ec2:ModifySnapshotAttribute", arn, tagged(snapshot)


def _steps(own_account: str, target: Target, distribution: Parameters, source: str) -> Iterator[Needed]:
    settings = distribution.get("amiDistributionConfiguration", {})
    permission = settings.get("launchPermission", {})
    images = _image(target.region, "*")
    yield _COPY, "ec2:CopyImage", _image(target.region, source), {}
    yield _COPY, "ec2:CreateTags", images, request_tags({**settings.get("amiTags", {}), **CREATED_BY})
    if any(permission.values()):
        yield _COPY, "ec2:ModifyImageAttribute", images, _tagged(CREATED_BY)
    for template in distribution.get("launchTemplateConfigurations", []):
        if template.get("accountId", own_account) == target.account:
            arn = f"arn:aws:ec2:{target.region}:{target.account}:launch-template/{template['launchTemplateId']}"
            yield "UPDATE_LAUNCH_TEMPLATES", "ec2:CreateLaunchTemplateVersion", arn, {}
            if template.get("setDefaultVersion"):
                yield "UPDATE_LAUNCH_TEMPLATES", "ec2:ModifyLaunchTemplate", arn, {}
    for parameter in distribution.get("ssmParameterConfigurations", []):
        if parameter.get("amiAccountId", own_account) == target.account:
            name = parameter["parameterName"].removeprefix("/")
            arn = f"arn:aws:ssm:{target.region}:{target.account}:parameter/{name}"
            yield "PUT_SSM_PARAMETERS", "ssm:PutParameter", arn, {}


def _image(region: str, ami: str) -> str:
    return f"arn:aws:ec2:{region}::image/{ami}"


def _tagged(tags: Mapping[str, str]) -> Context:
    return {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
