"""Watching a model of your own while it trains."""
