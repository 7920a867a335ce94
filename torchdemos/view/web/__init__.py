"""Plain JavaScript and CSS that draw neurons and charts, shared by the Neurons tab and the report."""

from pathlib import Path

FOLDER = Path(__file__).parent
