"""What a stack may leave behind, looked up in the services themselves."""

from local_aws.running import LocalAws

# Roles of `cdk bootstrap`.
_BOOTSTRAP = "cdk-"


def leftovers(aws: LocalAws) -> list[str]:
    """Everything of a stack that is still there, each as its kind and its name; empty after a clean deletion.

    AMIs are not among them, since they stay by design.
    """
    image_builder = aws.client("imagebuilder")
    found = {
        "image": [image["arn"] for image in image_builder.list_images()["imageVersionList"]],
        "distribution configuration": [
            configuration["arn"]
            for configuration in image_builder.list_distribution_configurations()[
                "distributionConfigurationSummaryList"
            ]
        ],
        "rule": [rule["Name"] for rule in aws.client("events").list_rules()["Rules"]],
        "function": [function["FunctionName"] for function in aws.client("lambda").list_functions()["Functions"]],
        "role": [
            role["RoleName"]
            for role in aws.client("iam").list_roles()["Roles"]
            if not role["RoleName"].startswith(_BOOTSTRAP)
        ],
        "log group": [group["logGroupName"] for group in aws.client("logs").describe_log_groups()["logGroups"]],
    }
    return [f"{kind} {name}" for kind, names in found.items() for name in names]
