"""What a browser needs to draw neurons and charts: plain JavaScript and CSS for the Neurons tab and the report."""

from pathlib import Path

FOLDER = Path(__file__).parent
