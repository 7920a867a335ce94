"""The command line: commands, progress, and what a run prints."""

from torchdemos.cli.commands import main as main
