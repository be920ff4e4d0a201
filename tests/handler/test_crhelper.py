"""crhelper 2.0.12 is what CustomResource is written against: its private names, its defects."""

from __future__ import annotations

import inspect
from importlib.metadata import requires, version

from crhelper import CfnResource

from cdk_image_distribution_handler.custom_resource import CustomResource

# What CustomResource overrides or calls, with the parameters that it relies on.
PRIVATE = {
    "_wrap_function": ["self", "func"],
    "_polling_init": ["self", "event"],
    "_poll_enabled": ["self"],
    "_get_func": ["self"],
    "_cfn_response": ["self", "event"],
    "_send": ["self", "status", "reason", "send_response"],
    "_timeout": ["self"],
    "generate_physical_id": ["self", "event"],
}


def test_crhelper_is_the_version_that_was_read() -> None:
    """Another version may do otherwise in private: read it before the pin is moved."""
    assert version("crhelper") == "2.0.12"
    assert "crhelper==2.0.12" in (requires("cdk-image-distribution") or [])


def test_crhelper_has_the_private_names_that_are_overridden() -> None:
    """An override of a method that is gone would do nothing, in silence."""
    for name, parameters in PRIVATE.items():
        assert list(inspect.signature(getattr(CfnResource, name)).parameters) == parameters
    own = {name for name, _ in inspect.getmembers(CustomResource, inspect.isfunction) if name in vars(CustomResource)}
    overridden = {name for name in own if hasattr(CfnResource, name)} - {"__init__"}
    assert overridden <= PRIVATE.keys()


def test_crhelper_calls_them_in_the_order_that_is_relied_on() -> None:
    """The polling hook decides about the answer; the answer is sent after it."""
    source = inspect.getsource(CfnResource.__call__)
    assert 0 < source.index("_polling_init") < source.index("_send_response:") < source.index("_cfn_response")
