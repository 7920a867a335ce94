"""The playground: a small network that trains on digits while somebody turns its knobs."""
