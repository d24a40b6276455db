"""``python -m kg``: the command ``kg`` where its script is not on the PATH."""

import sys

from kg.cli import main

if __name__ == "__main__":
    sys.exit(main())
