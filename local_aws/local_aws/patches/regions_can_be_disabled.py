"""Every Region of ministack is enabled; an account has opt-in Regions that it did not enable.

DescribeRegions leaves those out unless asked for all. Source: EC2 API reference, DescribeRegions.
"""

from typing import Any

from ministack.services import ec2

from local_aws.patching import existing


def install(disabled: frozenset[str]) -> None:
    """Disable Regions."""
    regions = existing(ec2, "_AWS_REGIONS")
    read, members = existing(ec2, "_p"), existing(ec2, "_parse_member_list")

    def describe_regions(parameters: Any) -> Any:
        wants_all = str(read(parameters, "AllRegions", "")).lower() == "true"
        wanted = members(parameters, "RegionName")
        items = "".join(
            f"<item><regionName>{name}</regionName><regionEndpoint>ec2.{name}.amazonaws.com</regionEndpoint>"
            f"<optInStatus>{'not-opted-in' if name in disabled else status}</optInStatus></item>"
            for name, status in regions
            if (wants_all or name not in disabled) and (not wanted or name in wanted)
        )
        return existing(ec2, "_xml")(200, "DescribeRegionsResponse", f"<regionInfo>{items}</regionInfo>")

    existing(ec2, "_ACTION_MAP")["DescribeRegions"] = describe_regions
