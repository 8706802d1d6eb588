"""Assignment of all cargo together: choice sets, assignment rules and results."""
