"""`python -m torchdemos` is `torchdemos`."""

from torchdemos.cli import main

if __name__ == "__main__":
    main()
