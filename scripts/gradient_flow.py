"""What is the chain rule in gradient flow? Run `python scripts/gradient_flow.py --help`."""

import sys

from torchdemos.cli import main

if __name__ == "__main__":
    main(["gradient-flow", *sys.argv[1:]])
