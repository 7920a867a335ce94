"""What published theory predicts: numbers in, numbers out, one subject in each file, a source for each equation."""
