"""One published experiment in each file: its setting, prediction and measurement. No board, no terminal."""
