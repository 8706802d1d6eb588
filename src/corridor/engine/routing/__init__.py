"""How to get there: one cargo between two places, exactly, under everything that is asked of the way."""
