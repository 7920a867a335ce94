"""What is loss? Run `python scripts/loss.py --help`."""

import sys

from torchdemos.cli import main

if __name__ == "__main__":
    main(["loss", *sys.argv[1:]])
