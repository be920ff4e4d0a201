"""What a stack may leave behind, looked up in the services themselves."""

from local_aws.running import LocalAws

# The stack and the roles of `cdk bootstrap`.
_BOOTSTRAP = ("CDKToolkit", "cdk-")


def leftovers(aws: LocalAws, region: str | None = None, account: str | None = None) -> list[str]:
    """Everything of a stack that is still there, each as its kind and its name; empty after a clean deletion.

    AMIs are not among them, since they stay by design, nor are the SSM parameters that Image Builder wrote.

    Args:
        aws: Where to look.
        region: Its own Region, or another one.
        account: Its own account, or another one.
    """
    image_builder = aws.client("imagebuilder", region, account)
    configurations = image_builder.list_distribution_configurations()["distributionConfigurationSummaryList"]
    templates = aws.client("ec2", region, account).describe_launch_templates()["LaunchTemplates"]
    functions = aws.client("lambda", region, account).list_functions()["Functions"]
    stacks = aws.client("cloudformation", region, account).describe_stacks()["Stacks"]
    found = {
        "stack": [stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"],
        "image": [image["arn"] for image in image_builder.list_images()["imageVersionList"]],
        "distribution configuration": [configuration["arn"] for configuration in configurations],
        "rule": [rule["Name"] for rule in aws.client("events", region, account).list_rules()["Rules"]],
        "function": [function["FunctionName"] for function in functions],
        "role": [role["RoleName"] for role in aws.client("iam", region, account).list_roles()["Roles"]],
        "log group": [
            group["logGroupName"] for group in aws.client("logs", region, account).describe_log_groups()["logGroups"]
        ],
        "launch template": [template["LaunchTemplateName"] for template in templates],
    }
    return [f"{kind} {name}" for kind, names in found.items() for name in names if not name.startswith(_BOOTSTRAP)]
