"""Looking at logs: reading, serving and reporting need the log's files alone, and no torch."""
