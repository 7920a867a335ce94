"""The laboratory: five questions about neural networks, asked of MNIST and of published theory."""
