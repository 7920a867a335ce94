"""The answers in a log: a page for each run of a demo and for each watched model, in the form of `log.answers`."""
