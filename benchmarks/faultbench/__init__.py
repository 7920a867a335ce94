"""Faultbench: how often a diagnosis of training is right, measured on runs whose state is known."""
