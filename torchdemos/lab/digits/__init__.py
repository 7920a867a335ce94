"""The embedded sample: 5,000 MNIST digits in digits.npz, their origin in ATTRIBUTION.md, their making in make.py."""
