"""A session policy's condition on `aws:ResourceTag` gets the tags of the resource.

ministack looks the tags up only if a policy of the role itself has such a condition. Source: IAM user guide, session
policies.
"""

from ministack.core import iam_evaluator

from local_aws.patching import replace


def install() -> None:
    """Let ministack look up the tags for every request."""
    replace(iam_evaluator, "_names_condition_key", lambda original: lambda policies, prefix: True)
