"""What somebody else does to the images in the lifecycle machine's world, by mistake or as an attack."""

from __future__ import annotations

from typing import Any

from simulated_aws import PROPERTIES, WAIT, event, own_role

from .lifecycle_template import PART_SECONDS
from .lifecycle_world import FOREIGN_STACK, OWNERSHIP, World

#: What a user does to an image by hand: tags it, deletes it, or gives it another status.
DEEDS = ["tag", "tag", "delete", "delete", "DEPRECATED", "DISABLED"]
#: The requests that an attacker sends, polled ones among them: what the handler does with an image of another stack.
INJECTIONS = ["Delete", "Delete with its AMIs", "Update", "Update of its tags", "wait", "sweep"]
FORGERIES = ["left over", "copied"]


def do(world: World, arn: str, deed: str) -> None:
    """Change an image of the stack by hand."""
    image = world.account.builder.store.images[arn]
    if deed == "tag":
        world.witness.foreign_tags[arn] = {"CostCenter": "42"}
        image.tags["CostCenter"] = "42"
    elif deed == "delete":
        world.disturbed = True
        world.witness.by_hand.add(arn)
        world.account.builder.call("DeleteImage", imageBuildVersionArn=arn)
    elif image.status == "AVAILABLE":
        world.disturbed = True
        image.status = deed


def inject(world: World, injection: str, *, as_own_stack: bool) -> None:
    """Send the function an event about an image of another stack, as who may put rules and targets can."""
    assert world.stack is not None
    (foreign,) = world.witness.bystanders
    kind = injection.split()[0]
    role = own_role("Image0")
    properties: dict[str, Any] = {**PROPERTIES, "ExecutionRole": role}
    if injection == "Delete with its AMIs":
        properties |= {"AutoDeleteAmis": "true", "LifecycleRole": role}
    if injection == "Update of its tags":
        properties["Tags"] = {"Owned": "yes"}
    old = {**PROPERTIES, "Revision": "before"} if kind == "sweep" or injection == "Update" else PROPERTIES
    fields: dict[str, Any] = {"PhysicalResourceId": foreign, "ResourceProperties": properties}
    if kind in ("Update", "sweep"):
        fields["OldResourceProperties"] = dict(old)
    if kind == "sweep":
        fields["State"] = {"answer": foreign, "leftovers": [foreign], "cancelled": []}
    if kind == "wait":
        times = {"Segment": "1", "Segments": "1", "Seconds": str(PART_SECONDS)}
        fields |= {"ResourceType": WAIT, "ResourceProperties": {"ImageArn": foreign, **times}}
    fields["StackId"] = world.stack.stack_id if as_own_stack else FOREIGN_STACK
    fields["LogicalResourceId"] = "Injected" if as_own_stack else "Theirs"
    injected = event({"wait": "Create", "sweep": "Update"}.get(kind, kind), request_id=f"injected {kind}", **fields)
    world.account.function.invoke({**injected, "Began": world.account.now, "Deadline": world.account.now + 60})
    world.account.settle(400)


def forge(world: World, forgery: str) -> None:
    """Change ownership tags of the foreign image, or what an image of the stack says that it replaced."""
    assert world.stack is not None
    images = world.account.builder.store.images
    (foreign,) = world.witness.bystanders
    name = world.declared[-1].name if world.declared else ""
    current = images.get(world.stack.physical_id(name))
    # With two forgeries a rollback may return to the image, as docs/permissions.md says.
    if foreign not in images or current is None or world.witness.forged:
        return
    if forgery == "left over":
        tags = {"stack-id": world.stack.stack_id, "logical-id": name, "held": "no"}
        images[foreign].tags |= {OWNERSHIP + key: value for key, value in tags.items()}
    elif forgery == "copied":
        images[foreign].tags |= {key: tag for key, tag in current.tags.items() if key.startswith(OWNERSHIP)}
    else:
        replaced = images.get(current.tags.get(OWNERSHIP + "replaces", ""))
        if replaced is None:
            return
        images[foreign].tags[OWNERSHIP + "fingerprint"] = replaced.tags[OWNERSHIP + "fingerprint"]
        current.tags[OWNERSHIP + "replaces"] = foreign
        world.witness.bystanders[foreign] = dict(images[foreign].tags)
        world.witness.tampered = True
        return
    world.witness.forged.add(foreign)
