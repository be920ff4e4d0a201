"""Write the diagrams of README.md and docs/."""

from __future__ import annotations

import sys
from pathlib import Path

from cdk_image_distribution._distribution_permissions import TARGET_ROLE_NAME
from cdk_image_distribution_handler.image import Phase

from .svg import Picture

FOLDER = Path(__file__).parent.parent / "docs" / "images"


def architecture() -> Picture:
    """Return the parts of a stack and what they call."""
    picture = Picture(900, 400, "The stack's custom resources, the Lambda function, Image Builder and the AMIs")
    picture.group(20, 20, 330, 360, "CloudFormation stack")
    picture.box(45, 60, 280, 56, "ImageDistribution", "start: returns the image ARN in seconds", kind="accent")
    picture.box(45, 196, 280, 56, "ImageDistributionWait", "waits: up to 12 hours", kind="accent")
    picture.box(45, 308, 280, 50, "Launch template, Auto Scaling, …", "use the AMI ids")
    picture.arrow((185, 116), (185, 194))
    picture.arrow((185, 252), (185, 306))
    picture.box(430, 126, 150, 64, "Lambda function", "one for each stack")
    picture.arrow((325, 88), (400, 88), (400, 146), (428, 146))
    picture.arrow((325, 224), (400, 224), (400, 170), (428, 170))
    picture.box(430, 290, 150, 56, "EventBridge rule", "only during a wait")
    picture.arrow((505, 290), (505, 192), label="every minute", at=(550, 246))
    picture.group(640, 20, 240, 360, "Regions and accounts")
    picture.box(660, 56, 200, 62, "EC2 Image Builder", "distribution configuration")
    picture.arrow((505, 126), (505, 87), (658, 87), label="DistributeImage", at=(575, 78))
    picture.box(660, 160, 200, 46, "AMI in eu-west-1")
    picture.box(660, 218, 200, 46, "AMI in us-east-1")
    picture.box(660, 276, 200, 46, "AMIs in other accounts")
    picture.arrow((760, 118), (760, 158))
    picture.arrow((660, 110), (620, 110), (620, 318), (582, 318), label="state changes", at=(505, 366))
    picture.text(760, 352, "each copied from the source AMI", "small", anchor="middle")
    return picture


def states() -> Picture:
    """Return the phases of an image, by their names in the handler."""
    picture = Picture(900, 330, "The phases of an image: running, then available or failed, then deleted")
    corner = {
        Phase.RUNNING: (40, 130),
        Phase.AVAILABLE: (300, 50),
        Phase.FAILED: (300, 210),
        Phase.RETIRED: (520, 50),
        Phase.DELETED: (740, 130),
    }
    for phase, (x, y) in corner.items():
        picture.box(x, y, 130, 50, phase.name, kind="accent" if phase is Phase.AVAILABLE else "box")
    picture.arrow((105, 70), (105, 128), label="DistributeImage", at=(105, 58))
    picture.arrow((170, 145), (235, 145), (235, 75), (298, 75), label="all AMIs exist", at=(225, 62))
    picture.arrow((170, 165), (235, 165), (235, 235), (298, 235), label="a Region failed, or cancelled", at=(200, 258))
    picture.arrow((430, 75), (518, 75), label="deprecated", at=(474, 62))
    picture.arrow((474, 75), (474, 155), (738, 155), label="Delete with auto_delete_amis", at=(585, 147))
    picture.arrow((650, 75), (700, 75), (700, 142), (738, 142))
    picture.arrow((430, 235), (700, 235), (700, 168), (738, 168))
    picture.text(
        450,
        306,
        "A Delete removes the record of an image in every phase; a running one is cancelled first.",
        "small",
        anchor="middle",
    )
    return picture


def update() -> Picture:
    """Return how an Update decides which image the stack gets."""
    picture = Picture(900, 380, "An Update keeps the current image, returns to the previous one, or distributes")
    for row, (question, answer, detail) in enumerate(
        (
            ("Same fingerprint as the current image?", "Keep the current image", "only its tags change"),
            ("Stack in UPDATE_ROLLBACK_IN_PROGRESS?", "Return to the replaced image", "nothing is copied"),
            (
                "Stack still in UPDATE_IN_PROGRESS?",
                "Start one new distribution",
                "the old image is deleted in the cleanup",
            ),
        )
    ):
        y = 60 + 90 * row
        picture.box(60, y, 380, 50, question)
        picture.box(580, y, 270, 50, answer, detail, kind="accent")
        picture.arrow((440, y + 25), (578, y + 25), label="yes", at=(508, y + 17))
        picture.arrow((250, y + 50), (250, y + 88), label="no", at=(270, y + 74))
    picture.box(60, 330, 380, 38, "Fail, and start nothing")
    picture.arrow((250, 26), (250, 58), label="Update", at=(290, 44))
    return picture


def accounts() -> Picture:
    """Return accounts, Regions, roles and keys of a distribution to another account."""
    picture = Picture(
        1000, 430, "A source account and a target account with their roles and one KMS key in each Region"
    )
    picture.group(20, 20, 440, 390, "Source account 123456789012")
    picture.group(540, 20, 440, 390, "Target account 210987654321")
    picture.box(50, 60, 170, 52, "ImageDistribution", "and Image Builder", kind="accent")
    picture.box(260, 60, 170, 52, "Execution role", "used by Image Builder")
    picture.arrow((220, 86), (258, 86))
    picture.box(560, 60, 400, 52, TARGET_ROLE_NAME, "DistributionTargetRole")
    picture.arrow((430, 86), (558, 86), label="assumes", at=(500, 78))
    for row, region in enumerate(("eu-west-1", "us-east-1")):
        y = 150 + 130 * row
        picture.group(40, y, 400, 116, region)
        picture.group(560, y, 400, 116, region)
        picture.box(60, y + 40, 160, 56, "AMI", "encrypted with the key")
        picture.box(260, y + 40, 160, 56, "KMS key", "policy allows the target")
        picture.arrow((258, y + 68), (222, y + 68))
        picture.box(620, y + 40, 300, 56, "Copy of the AMI", "owned by the target account")
        picture.arrow((420, y + 80), (618, y + 80), label="decrypt", at=(500, y + 73))
    return picture


def pictures() -> dict[Path, str]:
    """Return the content of each file."""
    drawn = {"architecture": architecture(), "states": states(), "update": update(), "accounts": accounts()}
    return {FOLDER / f"{name}.svg": picture.svg() for name, picture in drawn.items()}


def main() -> int:
    """Write the files.

    Returns:
        The exit code.
    """
    for path, content in pictures().items():
        path.write_text(content, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
