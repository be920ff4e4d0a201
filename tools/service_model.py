"""`python -m tools.service_model`: write the Image Builder model that the Lambda function ships with.

The Lambda runtime's boto3 may be older than DistributeImage (botocore 1.41.1). So the handler has a copy of
botocore's model of Image Builder, reduced to what the handler uses.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

#: The operations that the handler calls. The shipped model has no others.
OPERATIONS = (
    "CancelImageCreation",
    "DeleteImage",
    "DistributeImage",
    "GetImage",
    "GetLifecycleExecution",
    "RetryImage",
    "StartResourceStateUpdate",
    "TagResource",
    "UntagResource",
)

#: The members of large structures that the handler sends or reads. Nine tenths of the model describe others.
MEMBERS = {
    "Ami": ("accountId", "image", "region"),
    "CancelImageCreationResponse": (),
    "DeleteImageResponse": (),
    "DistributeImageResponse": ("imageBuildVersionArn",),
    "GetImageResponse": ("image",),
    "Image": ("dateCreated", "outputResources", "state", "tags"),
    "ImageFailureContext": ("distributionFailure",),
    "LifecycleExecution": ("state",),
    "LifecyclePolicyDetailExclusionRulesAmis": ("regions",),
    "OutputResources": ("amis",),
    "ResourceStateUpdateIncludeResources": ("amis", "snapshots"),
    "RetryImageResponse": (),
    "StartResourceStateUpdateResponse": ("lifecycleExecutionId",),
}

# For documentation, and for the protocols of other services.
_UNUSED_METADATA = frozenset({"jsonVersion", "protocols", "serviceAbbreviation", "uid"})

#: The folder that the handler adds to botocore's search path.
FOLDER = Path(__file__).parent.parent / "lambda" / "cdk_image_distribution_handler" / "models"

_SERVICE = "imagebuilder"
_TYPE = "service-2"


def main() -> None:
    """Replace the file in the handler's package."""
    path, content = shipped_model()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8", newline="\n")


def shipped_model() -> tuple[Path, str]:
    """Return the model's path, and the content that the installed botocore gives it."""
    # No other search path, so that AWS_DATA_PATH changes nothing.
    loader = Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH])
    version = loader.determine_latest_version(_SERVICE, _TYPE)
    model = loader.load_service_model(_SERVICE, _TYPE, version)
    content = json.dumps(reduced(model), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return FOLDER / _SERVICE / version / f"{_TYPE}.json", content


def reduced(model: dict[str, Any]) -> dict[str, Any]:
    """Return a service model with `OPERATIONS` and the shapes that they reach, without what botocore ignores."""
    # The handler reads an error's code, which is in the response; botocore needs no shape for it.
    operations = {
        name: {key: value for key, value in model["operations"][name].items() if key != "errors"} for name in OPERATIONS
    }
    all_shapes = dict(model["shapes"])
    for structure, names in MEMBERS.items():
        members = all_shapes[structure]["members"]
        all_shapes[structure] = {**all_shapes[structure], "members": {name: members[name] for name in names}}
    shapes: dict[str, Any] = {}
    _collect_shapes(all_shapes, operations, shapes)
    metadata = {name: value for name, value in model["metadata"].items() if name not in _UNUSED_METADATA}
    used: dict[str, Any] = _used({**model, "metadata": metadata, "operations": operations, "shapes": shapes})
    return used


def _collect_shapes(all_shapes: dict[str, Any], part: Any, found: dict[str, Any]) -> None:
    if isinstance(part, list):
        for item in part:
            _collect_shapes(all_shapes, item, found)
    elif isinstance(part, dict):
        name = part.get("shape")
        if isinstance(name, str) and name not in found:
            found[name] = all_shapes[name]
            _collect_shapes(all_shapes, found[name], found)
        for item in part.values():
            _collect_shapes(all_shapes, item, found)


def _used(part: Any) -> Any:
    # botocore checks the least lengths and values, but neither the greatest ones nor patterns nor enums. A structure
    # may have a member of such a name: that is an object, while documentation and patterns are strings and enums lists.
    if isinstance(part, dict):
        return {
            key: _used(value)
            for key, value in part.items()
            if key not in ("documentation", "enum", "max", "pattern") or isinstance(value, dict)
        }
    if isinstance(part, list):
        return [_used(item) for item in part]
    return part


if __name__ == "__main__":
    main()
