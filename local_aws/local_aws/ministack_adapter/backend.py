"""The AWS around Image Builder, as ministack has it: AMIs in EC2, parameters in Systems Manager, roles in IAM."""

from collections.abc import Callable, Mapping

from ministack.core import iam_actions, iam_evaluator, responses, router
from ministack.services import ec2, kms, ssm

from local_aws.image_builder.backend import AmiCopy, Context
from local_aws.image_builder.faults import Script
from local_aws.ministack_adapter import roles
from local_aws.patches.images_have_states import COPY

_ROOT_DEVICE = "/dev/xvda"


class MinistackBackend:
    """The backend of the Image Builder of one account and Region."""

    def __init__(
        self, account: str, region: str, script: Callable[[], Script], disabled_regions: frozenset[str]
    ) -> None:
        """Take where the Image Builder is, the script in force, and the Regions that are not enabled."""
        self._disabled_regions = disabled_regions
        self._script = script
        self._account = account
        self._region = region

    @property
    def home_is_source(self) -> bool:
        """Whether a distribution makes no copy in its own Region and account, and lists the source there."""
        return self._script().undocumented.home_is_source

    def ami_exists(self, ami: str) -> bool:
        """Whether EC2 has the AMI in this Region."""
        with responses.request_scope(self._account, self._region):
            return ami in ec2._images

    def parameter(self, name: str) -> str | None:
        """The value of a parameter."""
        with responses.request_scope(self._account, self._region):
            value: str | None = ssm.resolve_parameter_value(name)
            return value

    def put_parameter(self, region: str, account: str, name: str, value: str, data_type: str) -> None:
        """Create or overwrite a parameter."""
        with responses.request_scope(account, region):
            ssm._put_parameter(
                {"Name": name, "Value": value, "Type": "String", "DataType": data_type, "Overwrite": True}
            )

    def register_ami(self, copy: AmiCopy) -> str:
        """Add an AMI and its snapshot to EC2, or tag the source where it is the output itself."""
        with responses.request_scope(self._account, self._region):
            source = ec2._images.get(copy.source) or {}
            if self.home_is_source and (copy.account, copy.region) == (self._account, self._region):
                self._tag(copy)
                return copy.source
        with responses.request_scope(copy.account, copy.region):
            tags = [{"Key": key, "Value": value} for key, value in copy.tags.items()]
            ami: str = ec2._new_image_id()
            snapshot: str = ec2._new_snapshot_id()
            ec2._snapshots[snapshot] = {
                "SnapshotId": snapshot,
                "VolumeId": "vol-ffffffff",
                "VolumeSize": 8,
                "Description": f"Created by EC2 Image Builder for {ami} from {copy.source}",
                "State": "pending",
                "StartTime": ec2._now_ts(),
                "Progress": "0%",
                COPY: copy,
                "OwnerId": copy.account,
                "Encrypted": False,
                "StorageTier": "standard",
            }
            ec2._images[ami] = {
                "ImageId": ami,
                "Name": copy.name,
                "ImageLocation": "",
                "Description": copy.description,
                "Architecture": source.get("Architecture", "x86_64"),
                "RootDeviceType": "ebs",
                "RootDeviceName": _ROOT_DEVICE,
                "BlockDeviceMappings": [{"DeviceName": _ROOT_DEVICE, "Ebs": {"SnapshotId": snapshot}}],
                "VirtualizationType": "hvm",
                "CreationDate": ec2._now_ts(),
                "OwnerId": copy.account,
                "LaunchPermissions": [{"UserId": user} for user in copy.shared_with],
                COPY: copy,
            }
            ec2._tags[ami] = tags
            ec2._tags[snapshot] = tags
            return ami

    def _tag(self, copy: AmiCopy) -> None:
        for resource in (copy.source, *self.ami_snapshots(copy.source)):
            kept = [tag for tag in ec2._tags.get(resource) or [] if tag["Key"] not in copy.tags]
            ec2._tags[resource] = kept + [{"Key": key, "Value": value} for key, value in copy.tags.items()]

    def deregister_ami(self, region: str, account: str, ami: str, snapshots: bool) -> None:
        """Take an AMI out of EC2, and its snapshots when asked to."""
        with responses.request_scope(account, region):
            image = ec2._images.pop(ami, {})
            ec2._tags.pop(ami, None)
            for mapping in image.get("BlockDeviceMappings", []) if snapshots else []:
                ec2._snapshots.pop(mapping.get("Ebs", {}).get("SnapshotId"), None)

    def ami_snapshots(self, ami: str) -> tuple[str, ...]:
        """Look up the snapshots of an AMI's devices."""
        with responses.request_scope(self._account, self._region):
            devices = (ec2._images.get(ami) or {}).get("BlockDeviceMappings") or []
        found = (device.get("Ebs", {}).get("SnapshotId") for device in devices)
        return tuple(snapshot for snapshot in found if snapshot)

    def ami_tags(self, region: str, account: str, resource: str) -> Mapping[str, str]:
        """Look up tags in EC2."""
        with responses.request_scope(account, region):
            return {tag["Key"]: tag["Value"] for tag in ec2._tags.get(resource) or []}

    def denial(self, action: str, resource: str, context: Context, headers: Mapping[str, str]) -> str | None:
        """Ask IAM about the caller who signed a request."""
        denied = iam_evaluator.enforce(
            router.extract_access_key_id(dict(headers), {}),
            action,
            action.partition(":")[0],
            self._region,
            resource_arn=resource,
            service_context=dict(context),
        )
        if not denied:
            return None
        message: str = iam_actions.identity_denial_message(
            action, denied.principal_arn, resource, denied.decision == "Deny"
        )
        return message

    def key_arn(self, region: str, account: str, key: str) -> str | None:
        """Look for an enabled key of the Region, also one that another account shares by its key policy."""
        owner = key.split(":")[4] if key.startswith("arn:") else account
        with responses.request_scope(owner, region):
            record = kms._resolve_key(key)
        usable = record and record.get("KeyState", "Enabled") == "Enabled" and record["Arn"].split(":")[3] == region
        return str(record["Arn"]) if usable else None

    def region_is_enabled(self, region: str) -> bool:
        """Look into the list."""
        return region not in self._disabled_regions

    def launch_template_exists(self, region: str, account: str, template: str) -> bool:
        """Look into EC2."""
        with responses.request_scope(account, region):
            return template in ec2._launch_templates

    def add_launch_template_version(self, region: str, account: str, template: str, ami: str, default: bool) -> None:
        """Add a version to EC2, with what the latest one has."""
        with responses.request_scope(account, region):
            record = ec2._launch_templates.get(template)
            if record is None:
                return
            latest = str(record["LatestVersionNumber"])
            name = {"LaunchTemplateId": [template]}
            image = {"SourceVersion": [latest], "LaunchTemplateData.ImageId": [ami]}
            ec2._create_launch_template_version({**name, **image})
            if default:
                ec2._modify_launch_template({**name, "SetDefaultVersion": [str(record["LatestVersionNumber"])]})

    def role_arn(self, role: str) -> str | None:
        """Look up a role in IAM."""
        return roles.arn_of(role, self._account)

    def role_problem(self, role: str) -> str | None:
        """Look whether the role exists and trusts Image Builder from this account."""
        arn = roles.arn_of(role, self._account)
        if arn is None:
            return f"The execution role '{role}' does not exist."
        if not roles.trusts_service(arn, self._account, self._region):
            return f"EC2 Image Builder cannot assume the execution role '{role}': it does not trust {roles.SERVICE}."
        return None

    def role_denial(self, role: str, action: str, resource: str, region: str, context: Context) -> str | None:
        """Ask IAM about a session of the role."""
        return roles.denial(role, action, resource, region, context)

    def target_role_problem(self, role: str, account: str, target_role: str) -> str | None:
        """Ask IAM of both accounts."""
        return roles.target_problem(role, f"arn:aws:iam::{account}:role/{target_role}", self._region)

    def service_role_problem(self, role: str, image: str) -> str | None:
        """Look whether the other account's role trusts Image Builder from this account."""
        if roles.trusts_service(role, self._account, self._region, image):
            return None
        return f"EC2 Image Builder cannot assume the role '{role}'."
