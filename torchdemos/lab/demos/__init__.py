"""The five demos: each asks a question, measures, and compares with published predictions."""
