"""What a log calls things: tags, pinned cards and their links, the files of a run's folder. Needs no torch."""
