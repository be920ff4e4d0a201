"""CopyImage, with which a user makes a new AMI."""

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws


def test_copied_ami_has_a_snapshot_of_its_own(aws: LocalAws) -> None:
    """Whatever becomes of the original, the copy stays."""
    ec2, there = aws.client("ec2"), aws.client("ec2", "us-east-1")
    original = aws.register_source_ami("original")

    ami = there.copy_image(SourceRegion="eu-west-1", SourceImageId=original, Name="copied")["ImageId"]
    (image,) = ec2.describe_images(ImageIds=[original])["Images"]
    ec2.deregister_image(ImageId=original)
    ec2.delete_snapshot(SnapshotId=image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"])

    (copied,) = there.describe_images(ImageIds=[ami])["Images"]
    snapshot = copied["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    assert (copied["Name"], copied["State"], copied["Architecture"]) == ("copied", "available", "x86_64")
    assert there.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["State"] == "completed"
    with pytest.raises(ClientError, match=r"InvalidAMIID\.NotFound"):
        there.copy_image(SourceRegion="eu-west-1", SourceImageId=original, Name="late")


def test_copied_ami_needs_a_name_of_its_own(aws: LocalAws) -> None:
    """As a registered one does."""
    original = aws.register_source_ami("named")
    with pytest.raises(ClientError, match="AMI name named is already in use"):
        aws.client("ec2").copy_image(SourceRegion="eu-west-1", SourceImageId=original, Name="named")
