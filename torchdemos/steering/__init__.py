"""A training that is touched while it runs: what was changed, by whom it is shown, and how it is done again."""
