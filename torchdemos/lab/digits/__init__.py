"""The embedded sample: digits.npz holds 5,000 MNIST digits, ATTRIBUTION.md their origin, make.py makes them."""
