"""What somebody else does to the images in the lifecycle machine's world."""

from __future__ import annotations

from .lifecycle_world import World


def tag_by_hand(world: World, arn: str) -> None:
    """Tag an image of the stack."""
    world.witness.foreign_tags[arn] = {"CostCenter": "42"}
    world.account.builder.call("TagResource", resourceArn=arn, tags={"CostCenter": "42"})


def delete_by_hand(world: World, arn: str) -> None:
    """Delete an image of the stack."""
    world.disturbed = True
    world.witness.by_hand.add(arn)
    world.account.builder.call("DeleteImage", imageBuildVersionArn=arn)


def retire(world: World, arn: str, status: str) -> None:
    """Retire an image of the stack if it is available."""
    image = world.account.builder.store.images[arn]
    if image.status == "AVAILABLE":
        world.disturbed = True
        image.status = status


def forge(world: World) -> None:
    """Tag an image of others as if it were left over from the stack."""
    forged = sorted(world.witness.bystanders & set(world.account.images))
    if world.stack is None or not forged or not world.declared:
        return
    world.witness.forged |= set(forged)
    tags = {"stack-id": world.stack.stack_id, "logical-id": world.declared[0].name, "held": "no"}
    world.account.builder.store.images[forged[0]].tags |= {
        f"cdk-image-distribution:{key}": value for key, value in tags.items()
    }
