"""What is a neuron? Run `python scripts/neurons.py --help`."""

import sys

from torchdemos.cli import main

if __name__ == "__main__":
    main(["neurons", *sys.argv[1:]])
