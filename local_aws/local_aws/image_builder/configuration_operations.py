"""The operations on distribution configurations."""

import re

from local_aws.image_builder.errors import ServiceError
from local_aws.image_builder.model import Parameters, known_regions
from local_aws.image_builder.store import Headers, Store, iso, new_identifier, without_empty

# Without it a second distribution would make AMIs of the same name. Source: Image Builder user guide.
_BUILD_DATE = re.compile(r"\{\{\s*imagebuilder:buildDate\s*\}\}")
_DEFAULT_TIMEOUT_MINUTES = 360
_SUMMARY = ("arn", "name", "description", "dateCreated", "dateUpdated", "tags")


def create_distribution_configuration(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """CreateDistributionConfiguration: a configuration whose ARN follows from its name."""
    _check(parameters["distributions"])
    arn = configuration_arn(store, parameters["name"])
    if arn in store.configurations:
        raise ServiceError("ResourceAlreadyExistsException", f"The resource with ARN '{arn}' already exists.")
    now = iso(store.clock())
    kept: Parameters = {
        name: parameters[name] for name in ("name", "description", "distributions") if name in parameters
    }
    store.configurations[arn] = {
        "arn": arn,
        **kept,
        "timeoutMinutes": _DEFAULT_TIMEOUT_MINUTES,
        "dateCreated": now,
        "dateUpdated": now,
        "tags": dict(parameters.get("tags", {})),
    }
    return _accepted(arn, parameters)


def get_distribution_configuration(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """GetDistributionConfiguration: a configuration as it is now."""
    configuration = store.configuration(parameters["distributionConfigurationArn"])
    return {"requestId": new_identifier(), "distributionConfiguration": without_empty(configuration)}


def update_distribution_configuration(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """UpdateDistributionConfiguration: other distributions under the same ARN; images that run keep the old ones."""
    _check(parameters["distributions"])
    arn = parameters["distributionConfigurationArn"]
    kept: Parameters = {name: parameters[name] for name in ("description", "distributions") if name in parameters}
    store.configurations[arn] = {**store.configuration(arn), **kept, "dateUpdated": iso(store.clock())}
    return _accepted(arn, parameters)


def delete_distribution_configuration(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """DeleteDistributionConfiguration: allowed whatever was distributed with it."""
    arn = parameters["distributionConfigurationArn"]
    store.configuration(arn)
    del store.configurations[arn]
    return {"requestId": new_identifier(), "distributionConfigurationArn": arn}


def list_distribution_configurations(store: Store, parameters: Parameters, headers: Headers) -> Parameters:
    """ListDistributionConfigurations: all, on one page."""
    summaries = [
        {
            **{name: held[name] for name in _SUMMARY if held.get(name)},
            "regions": [distribution["region"] for distribution in held["distributions"]],
        }
        for held in store.configurations.values()
    ]
    return {"requestId": new_identifier(), "distributionConfigurationSummaryList": summaries}


def configuration_arn(store: Store, name: str) -> str:
    """The ARN of the configuration of a name."""
    return store.arn(f"distribution-configuration/{re.sub('[^a-z0-9-]', '-', name.lower())}")


def _check(distributions: list[Parameters]) -> None:
    regions = [distribution["region"] for distribution in distributions]
    twice = sorted({region for region in regions if regions.count(region) > 1})
    if twice:
        raise ServiceError(
            "InvalidParameterValueException",
            f"A Region may appear once in distributions: {', '.join(twice)}.",
        )
    unknown = sorted({region for region in regions if region not in known_regions()})
    if unknown:
        raise ServiceError(
            "InvalidParameterValueException",
            f"The value supplied for parameter 'distributions.region' is not valid: {', '.join(unknown)}.",
        )
    for distribution in distributions:
        name = distribution.get("amiDistributionConfiguration", {}).get("name")
        if name is not None and not _BUILD_DATE.search(name):
            raise ServiceError(
                "InvalidParameterValueException",
                f"The AMI name '{name}' for {distribution['region']} must contain {{{{ imagebuilder:buildDate }}}}.",
            )


def _accepted(arn: str, parameters: Parameters) -> Parameters:
    return {
        "requestId": new_identifier(),
        "clientToken": parameters["clientToken"],
        "distributionConfigurationArn": arn,
    }
