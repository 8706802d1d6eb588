"""Reading and writing files; no other code opens files."""
