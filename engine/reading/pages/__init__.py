"""The article in a web page."""
