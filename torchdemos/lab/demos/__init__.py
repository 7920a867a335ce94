"""The exhibits: each asks one question, measures, and compares with the published prediction."""
