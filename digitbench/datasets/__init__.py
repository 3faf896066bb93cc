"""Data sets: finding, reading, checking and caching them."""
