"""Text, notebook output, plots and the report."""
