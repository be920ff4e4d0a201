"""Starts the server under ministack's interpreter, which does not have this package installed.

The package is loaded from the folder of this file. The folder above goes on no path: it may be one with all packages of
a user, and their botocore is not ministack's.
"""

import importlib.util
import sys
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent


def main() -> None:
    """Load the package, and serve."""
    # This folder, whose modules are those of a package.
    sys.path.pop(0)
    spec = importlib.util.spec_from_file_location(
        _FOLDER.name, _FOLDER / "__init__.py", submodule_search_locations=[str(_FOLDER)]
    )
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = package
    spec.loader.exec_module(package)
    from local_aws import server

    server.main()


if __name__ == "__main__":
    main()
