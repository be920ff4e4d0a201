"""EC2 shows every AMI as available; on AWS an AMI is pending while it is copied, and can be disabled and deprecated.

DescribeImages leaves out disabled AMIs and other accounts' deprecated ones unless asked for them, and shows when an AMI
was made. DescribeSnapshots shows how far a copy is. Source: EC2 API reference, DescribeImages and Snapshot.
"""

import time
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from ministack.core import responses
from ministack.services import ec2

from local_aws.image_builder.backend import AmiCopy
from local_aws.patching import existing, replace

#: The key of the records of a copy and its snapshot under which they hold the `AmiCopy`.
COPY = "_copy"
_DISABLED = "_disabled"
_DEPRECATION = "_deprecation_time"
_TIME = "%Y-%m-%dT%H:%M:%S.000Z"

Action = Callable[[Any], Any]


def install() -> None:
    """Add the states, and the operations that change them."""
    actions: dict[str, Action] = existing(ec2, "_ACTION_MAP")
    actions["DescribeImages"] = _describe_images(actions["DescribeImages"])
    actions["DescribeSnapshots"] = _describe_snapshots(actions["DescribeSnapshots"])
    actions["DisableImage"] = _change("DisableImage", lambda image, given: image.update({_DISABLED: True}))
    actions["EnableImage"] = _change("EnableImage", lambda image, given: image.pop(_DISABLED, None))
    actions["EnableImageDeprecation"] = _change(
        "EnableImageDeprecation",
        lambda image, given: image.update({_DEPRECATION: existing(ec2, "_p")(given, "DeprecateAt")}),
    )
    actions["DisableImageDeprecation"] = _change(
        "DisableImageDeprecation", lambda image, given: image.pop(_DEPRECATION, None)
    )
    replace(ec2, "_image_matches_filters", _with_state_filter)


def _describe_images(original: Action) -> Action:
    def describe_images(parameters: Any) -> Any:
        status, headers, body = original(parameters)
        document = ElementTree.fromstring(body)
        namespace = document.tag.partition("}")[0].strip("{") if document.tag.startswith("{") else ""
        prefix = f"{{{namespace}}}" if namespace else ""
        found = document.find(f"{prefix}imagesSet")
        for item in list(found if found is not None else ()):
            image = _record(item.findtext(f"{prefix}imageId") or "")
            if image is None or found is None:
                continue
            if _is_hidden(image, parameters):
                found.remove(item)
                continue
            state = item.find(f"{prefix}imageState")
            if state is not None:
                state.text = _state(image)
            ElementTree.SubElement(item, f"{prefix}creationDate").text = image.get("CreationDate", "")
            if _DEPRECATION in image:
                ElementTree.SubElement(item, f"{prefix}deprecationTime").text = image[_DEPRECATION]
        ElementTree.register_namespace("", namespace)
        changed = ElementTree.tostring(document, encoding="unicode", xml_declaration=True)
        return status, headers, changed.encode() if isinstance(body, bytes) else changed

    return describe_images


def _describe_snapshots(original: Action) -> Action:
    def describe_snapshots(parameters: Any) -> Any:
        for snapshot in list(ec2._snapshots.values()):
            copy: AmiCopy | None = snapshot.get(COPY)
            if copy is not None:
                percent = copy.percent(time.time())
                snapshot.update(State="completed" if percent == 100 else "pending", Progress=f"{percent}%")
        return original(parameters)

    return describe_snapshots


def _change(operation: str, change: Callable[[dict[str, Any], Any], object]) -> Action:
    def action(parameters: Any) -> Any:
        ami = existing(ec2, "_p")(parameters, "ImageId")
        image = ec2._images.get(ami)
        if image is None:
            return existing(ec2, "_error")("InvalidAMIID.NotFound", f"The image id '[{ami}]' does not exist", 400)
        change(image, parameters)
        return existing(ec2, "_xml")(200, f"{operation}Response", "<return>true</return>")

    return action


def _with_state_filter(original: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def matches(view: Any, filters: Any) -> bool:
        image = _record(view["ImageId"])
        wanted = filters.get("state")
        if wanted and image is not None and _state(image) not in wanted:
            return False
        return original(view, {name: values for name, values in filters.items() if name != "state"})

    return matches


def _record(ami: str) -> dict[str, Any] | None:
    """Ministack's record of an AMI of this Region, whoever owns it."""
    region = responses.get_region()
    return next((image for (_, at, key), image in ec2._images.all_items() if at == region and key == ami), None)


def _state(image: dict[str, Any]) -> str:
    copy: AmiCopy | None = image.get(COPY)
    if copy is not None and copy.state(time.time()) == "pending":
        return "pending"
    return "disabled" if image.get(_DISABLED) else "available"


def _is_hidden(image: dict[str, Any], parameters: Any) -> bool:
    def is_set(name: str) -> bool:
        return str(existing(ec2, "_p")(parameters, name, "false")).lower() == "true"

    if image.get(_DISABLED) and not is_set("IncludeDisabled"):
        return True
    own = image.get("OwnerId") == responses.get_account_id()
    deprecated = image.get(_DEPRECATION, "9") <= time.strftime(_TIME, time.gmtime())
    return deprecated and not own and not is_set("IncludeDeprecated")
