"""One published experiment a file: its setting, its prediction, its measurement. No board, no terminal."""
