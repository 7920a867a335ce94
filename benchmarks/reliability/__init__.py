"""What a log survives: each file here tries one kind of accident and counts what was lost."""
