"""Watching inside a framework's own loop; each file is imported on request only and needs its framework."""
