"""What does the learning rate do? Run `python scripts/learning_rate.py --help`."""

import sys

from torchdemos.cli import main

if __name__ == "__main__":
    main(["learning-rate", *sys.argv[1:]])
