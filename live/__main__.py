"""`python -m live`: measure how AWS behaves in the account of the credentials."""

from __future__ import annotations

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
