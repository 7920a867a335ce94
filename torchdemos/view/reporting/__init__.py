"""The report: a log as one page that needs no TensorBoard."""
