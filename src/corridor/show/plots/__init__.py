"""Pictures: maps and charts with matplotlib, from the extra `plot`."""
