"""The steps of a distribution that its roles may not do, each a failure where AWS would report it."""

from collections.abc import Iterable, Iterator, Mapping

from local_aws.image_builder.authorization import request_tags
from local_aws.image_builder.backend import Context
from local_aws.image_builder.model import Parameters
from local_aws.image_builder.outcome import RegionFailure
from local_aws.image_builder.states import Target
from local_aws.image_builder.store import Store

# Image Builder tags what it makes so; its managed policies touch nothing else.
CREATED_BY = {"CreatedBy": "EC2 Image Builder"}

TARGET_ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
LIFECYCLE_ROLE = "Ec2ImageBuilderCrossAccountLifecycleAccess"
_COPY = ""
_DEFAULT_KEY = "alias/aws/ebs"
# What EC2 answers in an opt-in Region that an account did not enable. Source: EC2 API reference, error codes.
_NOT_ENABLED = (
    "An error occurred (AuthFailure) when calling the CopyImage operation: AWS was not able to validate the provided "
    "access credentials"
)
_KEY_ACTIONS = ("DescribeKey", "GenerateDataKeyWithoutPlaintext", "CreateGrant")

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
    backend = store.backend
    if not backend.region_is_enabled(target.region):
        return RegionFailure(target.region, _NOT_ENABLED, account=target.account)
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
    is_source = backend.home_is_source and (target.region, target.account) == (store.region, store.account)
    held = backend.ami_tags(target.region, target.account, source) if is_source else None
    needed = _steps(store.account, target, distribution, source, held)
    key, problem = _key_steps(store, target, distribution)
    denied = (_COPY, problem) if problem else _first_denied(store, acting, target.region, [*key, *needed])
    if denied is None:
        return _missing_template(store, target, distribution)
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
        problem = store.backend.service_role_problem(role, image)
        if problem:
            return problem
    tags = _tagged(store.backend.ami_tags(region, account, ami))
    needed: list[Needed] = [(_COPY, "ec2:DeregisterImage", _image(region, ami), tags)]
    if snapshots:
        needed.append((_COPY, "ec2:DeleteSnapshot", f"arn:aws:ec2:{region}::snapshot/*", tags))
    denied = _first_denied(store, role, region, needed)
    return denied[1] if denied else None


def _first_denied(store: Store, role: str, region: str, needed: Iterable[Needed]) -> tuple[str, str] | None:
    for step, action, resource, context in needed:
        denial = store.backend.role_denial(role, action, resource, region, context)
        if denial:
            return step, denial
    return None


def _key_steps(store: Store, target: Target, distribution: Parameters) -> tuple[list[Needed], str]:
    """What encrypts the copy, and why its key cannot be used, if it cannot. EC2 uses the key for the role."""
    key = distribution.get("amiDistributionConfiguration", {}).get("kmsKeyId", "")
    if not key or key == _DEFAULT_KEY or key.endswith(f":{_DEFAULT_KEY}"):
        return [], ""
    arn = store.backend.key_arn(target.region, target.account, key)
    if arn is None:
        return [], f"The KMS key '{key}' does not exist in {target.region}, or account {target.account} cannot use it."
    context = {"kms:ViaService": f"ec2.{target.region}.amazonaws.com", "kms:GrantIsForAWSResource": "true"}
    return [(_COPY, f"kms:{action}", arn, context) for action in _KEY_ACTIONS], ""


def _missing_template(store: Store, target: Target, distribution: Parameters) -> RegionFailure | None:
    for template in distribution.get("launchTemplateConfigurations", []):
        identifier, account = template["launchTemplateId"], template.get("accountId", store.account)
        exists = store.backend.launch_template_exists(target.region, account, identifier)
        if account == target.account and not exists:
            message = f"The specified launch template, with template ID {identifier}, does not exist."
            return RegionFailure(target.region, message, account=account, step="UPDATE_LAUNCH_TEMPLATES")
    return None


def _sharing(store: Store, source: str) -> Iterator[Needed]:
    """Share the source with a target account, which copies it then."""
    backend = store.backend

    def tagged(resource: str) -> Context:
        return {**_tagged(backend.ami_tags(store.region, store.account, resource)), "ec2:Owner": store.account}

    yield _COPY, "ec2:ModifyImageAttribute", _image(store.region, source), tagged(source)
    for snapshot in backend.ami_snapshots(source):
        arn = f"arn:aws:ec2:{store.region}::snapshot/{snapshot}"
        yield _COPY, "ec2:ModifySnapshotAttribute", arn, tagged(snapshot)


def _steps(
    own_account: str, target: Target, distribution: Parameters, source: str, source_tags: Mapping[str, str] | None
) -> Iterator[Needed]:
    """What makes the output; `source_tags` are those of the source where that is the output itself."""
    settings = distribution.get("amiDistributionConfiguration", {})
    permission = settings.get("launchPermission", {})
    images = _image(target.region, "*" if source_tags is None else source)
    if source_tags is None:
        yield _COPY, "ec2:CopyImage", _image(target.region, source), {}
    yield _COPY, "ec2:CreateTags", images, request_tags({**settings.get("amiTags", {}), **CREATED_BY})
    if any(permission.values()):
        yield _COPY, "ec2:ModifyImageAttribute", images, _tagged(CREATED_BY if source_tags is None else source_tags)
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
