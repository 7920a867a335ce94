"""All five questions, one after the other. Run `python scripts/run_all.py --help`."""

import sys

from torchdemos.cli import main

if __name__ == "__main__":
    main(["all", *sys.argv[1:]])
