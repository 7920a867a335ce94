"""Watching inside a framework's own loop. Each file needs its framework and is imported only on request."""
