"""The report: one run as one page that needs no TensorBoard."""
