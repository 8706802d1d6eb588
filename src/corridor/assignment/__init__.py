"""What happens when everybody ships at once: choice sets, rules of assignment, and their results."""
