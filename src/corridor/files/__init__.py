"""General file handling: complete writes, CSV, JSON, YAML, and optional libraries."""
