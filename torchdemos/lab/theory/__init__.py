"""Numbers in, numbers out: what the published theory predicts, one subject a file, each equation with its source."""
