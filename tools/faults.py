"""The faults that the project once had, as patches that put them back: what `tools.put_back_faults` tries out."""

from __future__ import annotations

from pathlib import Path

from tools.fault import Fault, Patch

ROOT = Path(__file__).parent.parent

_HANDLER = "lambda/cdk_image_distribution_handler"
_CONSTRUCTS = "constructs/cdk_image_distribution"
#: The machine's own template, which stands for what the constructs write.
_TEMPLATE = "tests/handler/lifecycle_template.py"


def _fault(name: str, what: str, module: str, old: str, new: str) -> Fault:
    return Fault(name, what, (Patch(f"{_HANDLER}/{module}.py", old, new),))


# The role that the distribution uses, in the policy that all distributions of the stack share.
_SHARED_POLICY = Patch(
    f"{_CONSTRUCTS}/_distribution_resource.py",
    "        depend(self.resource, provider._permissions)\n",
    "        depend(self.resource, provider._permissions)\n"
    "        provider.role.add_to_principal_policy(\n"
    '            iam.PolicyStatement(actions=["iam:PassRole"], resources=[self.execution_role.role_arn])\n'
    "        )\n",
)

FAULTS = (
    _fault(
        "1",
        "any HTTP status of the answer's PUT counts as accepted",
        "crhelper_adapter",
        "if not 200 <= status < 300:",
        "if status < 200:",
    ),
    _fault(
        "2",
        "an Update is not polled, so that it fails after half a minute of throttling",
        "crhelper_adapter",
        "                problem = str(error)\n            else:",
        "                problem = str(error)\n"
        '                if self._event["RequestType"] == "Update":\n'
        "                    raise Failure(problem) from error\n"
        "            else:",
    ),
    _fault(
        "3",
        "the Delete of a failed Create looks for no image",
        "unnamed_images",
        "    until = clock.now() + _SEARCH\n",
        "    if _TOKEN.fullmatch(request.physical_id):\n        return []\n    until = clock.now() + _SEARCH\n",
    ),
    Fault(
        "4a",
        "the function may pass only the roles of the distributions that the stack has now",
        (
            Patch(
                _TEMPLATE,
                '{"FunctionPolicy": _policy(function_policy(stack_id), policy_lag)}',
                '{"FunctionPolicy": _policy({"Statement": [*function_policy(stack_id)["Statement"][:-1], *(\n'
                "        statement\n"
                "        for declared in distributions\n"
                '        for suffix in ("", *["-lifecycle"] * declared.auto_delete)\n'
                '        for statement in pass_role_policy(own_role(f"{declared.name}{suffix}"))["Statement"]\n'
                "    )]}, policy_lag)}",
            ),
        ),
    ),
    Fault(
        "4b",
        "the same in the constructs",
        (_SHARED_POLICY,),
        "tests/construct/test_permissions.py::test_the_functions_policy_is_the_same_for_every_distribution",
    ),
    Fault(
        "5a",
        "a role of the user's that changes has the same policy in place",
        (Patch(_TEMPLATE, 'f"Pass{declared.role}"', 'f"Pass{declared.name}"'),),
    ),
    Fault(
        "5b",
        "the same in the constructs",
        (
            Patch(
                f"{_CONSTRUCTS}/_attached_policies.py",
                "key = _identity(self._scope, resource) or told_apart_by.node.addr",
                "key = action",
            ),
        ),
        "tests/construct/test_permissions.py::test_each_role_given_has_a_policy_that_its_distributions_share",
    ),
    Fault(
        "5c",
        "the function depends on each distribution's role, so that one distribution cannot depend on another",
        (_SHARED_POLICY,),
        "tests/construct/test_arrangements.py::test_any_arrangement_in_a_stack_can_be_deployed",
    ),
    _fault(
        "6a",
        "an Update takes an older image with the wanted content",
        "distribution",
        '    return _start(request, aws, replaces=current if is_image_arn(current) else "")\n',
        "    found = ownership_tags.find(request, aws, {ownership_tags.FINGERPRINT: wanted})\n"
        "    if any(images.get(aws, arn) is not None for arn in found):\n"
        "        return found[0]\n"
        '    return _start(request, aws, replaces=current if is_image_arn(current) else "")\n',
    ),
    Fault(
        "6b",
        "images that CloudFormation has named are swept too",
        (
            Patch(
                f"{_HANDLER}/unnamed_images.py",
                'found = ownership_tags.find(request, aws, {ownership_tags.HELD: "no"})',
                "found = ownership_tags.find(request, aws, {})",
            ),
            Patch(f"{_HANDLER}/unnamed_images.py", ' or image.tags.get(ownership_tags.HELD) != "no"', ""),
            Patch(f"{_HANDLER}/unnamed_images.py", "if image.arn not in named", ""),
        ),
    ),
    _fault(
        "7",
        "a rollback starts again what it returns to, if the stack's own image failed",
        "distribution",
        "    if rolls_back and before.image is not None:\n",
        '    if before.image is not None and before.image.status in ("FAILED", "CANCELLED"):\n'
        "        return _start(request, aws, replaces=current)\n"
        "    if rolls_back and before.image is not None:\n",
    ),
    _fault(
        "8",
        "a request that CloudFormation has given up starts a distribution",
        "stack",
        "    if not reason:\n",
        "    if True:\n",
    ),
    _fault(
        "9",
        "a part of a wait lasts until shortly before its ServiceTimeout",
        "wait",
        '    return float(properties["Seconds"])\n',
        '    return float(properties["Seconds"]) + 240\n',
    ),
    _fault(
        "10a",
        "a wait succeeds without the AMI ids of an image that was deleted by hand",
        "wait",
        "    if _asked(request):\n",
        "    if False:\n",
    ),
    Fault(
        "10b",
        "the wait for an image that was deleted by hand fails in a rollback",
        (
            Patch(f"{_HANDLER}/wait.py", 'if request.old_properties.get("ImageArn") != image_arn:', "if True:"),
            Patch(f"{_HANDLER}/wait.py", 'return request.type == "Update" and stack', "return False and stack"),
        ),
    ),
    _fault(
        "11",
        "AMIs in the home Region are deleted though the source AMI may be among them",
        "removal",
        "    if not _has_only_copies_at_home(image, aws, amis):\n",
        "    if False:\n",
    ),
    _fault(
        "12",
        "an Update removes the tags of others",
        "ownership_tags",
        "for key in before if key not in wanted and key in image.tags and not key.startswith(PREFIX)",
        "for key in image.tags if key not in wanted and not key.startswith(PREFIX)",
    ),
    _fault(
        "13a",
        "an injected event has the function tag an image of another stack",
        "ownership_tags",
        'if image.tags.get(STACK_ID) != stack_id or image.tags.get(HELD) != "no":',
        'if image.tags.get(HELD) != "no":',
    ),
    Fault(
        "13b",
        "the function may delete images of other stacks, which an injected event makes it do",
        (
            Patch(
                "simulated_aws/handler_policy.py", "            images,\n            held,\n", "            images,\n"
            ),
        ),
    ),
    Fault(
        "13c",
        "the same in the constructs",
        (
            Patch(
                f"{_CONSTRUCTS}/_function_policy.py",
                '                {"StringEquals": {f"aws:ResourceTag/{_STACK_TAG}": self._stack_id}},\n',
                "",
            ),
        ),
        "tests/construct/test_permissions.py::test_the_function_may_do_exactly_this",
    ),
    _fault(
        "13d",
        "a rollback returns to an image of another stack that a tag names",
        "stack",
        "return ownership_tags.is_own(image, request) and image.tags.get(ownership_tags.FINGERPRINT) == wanted",
        "return image.tags.get(ownership_tags.FINGERPRINT) == wanted",
    ),
    _fault(
        "13e",
        "the AMIs of an image that only its tags call the stack's are deleted",
        "distribution",
        "if is_image_arn(request.physical_id) and arn != request.physical_id:",
        "if False:",
    ),
    Fault(
        "14",
        "the Delete of a failed Create removes every image of its resource",
        (
            Patch(f"{_HANDLER}/unnamed_images.py", "{ownership_tags.OPERATION: token}", "{}"),
            Patch(
                f"{_HANDLER}/unnamed_images.py", "        and image.tags.get(ownership_tags.OPERATION) == token\n", ""
            ),
        ),
    ),
    _fault(
        "15",
        "a role or a key that is not found is taken for a missing image",
        "aws_errors",
        "or bool(named)",
        "or bool(_NONEXISTENT.search(message))",
    ),
    _fault(
        "16",
        "a rule that is not deleted at once is left, without its target",
        "crhelper_adapter",
        "            self._retries.persist(\n"
        "                lambda: polling_rule.remove(self._aws, self._rule), 2 * CALL_SECONDS, patient_pauses()\n"
        "            )\n"
        "        except Failure as error:\n",
        "            polling_rule.remove(self._aws, self._rule)\n"
        "        except Failure as error:\n"
        "            return\n",
    ),
    _fault(
        "17",
        "a denial fails a request after 30 seconds",
        "retry_policy",
        "DENIED_LASTS = 120.0\n",
        "DENIED_LASTS = 30.0\n",
    ),
    _fault(
        "18",
        "an optional member of an answer is required",
        "image",
        'described.get("dateCreated", "")',
        'described["dateCreated"]',
    ),
    _fault(
        "19",
        "the caller's ARN fills the reason of a denial",
        "failure_report",
        "    if denial is None:\n        return",
        "    if True:\n        return",
    ),
)
