"""The page of a training that goes on: what it is sent, and what it asks for."""
