"""Maps and charts with matplotlib, from the extra `plot`."""
