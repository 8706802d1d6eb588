"""Files in general: whole or not at all, CSV, JSON, YAML, and libraries that only some formats need."""
