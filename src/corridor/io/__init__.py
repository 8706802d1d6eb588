"""Files: the only code that opens them."""
