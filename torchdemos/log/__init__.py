"""What a log calls things: tags, pinned cards and their links, the plugin, the files of a run. Needs no torch."""
