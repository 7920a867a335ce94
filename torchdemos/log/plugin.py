"""The TensorBoard plugin behind the Answer tab."""

PLUGIN = "torchdemos"
"""Marks snapshots in an event file, names their limit in TensorBoard's settings, and is the tab's address."""
