"""How are weights initialized? Run `python scripts/initialization.py --help`."""

import sys

from torchdemos.cli import main

if __name__ == "__main__":
    main(["initialization", *sys.argv[1:]])
