"""The laboratory: five questions about neural networks, put to MNIST and to published theory."""
