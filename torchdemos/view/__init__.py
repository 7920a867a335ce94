"""Looking at logs: they are read, served and reported from their files alone, without torch."""
