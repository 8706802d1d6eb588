"""How to get there: one cargo between two places, exactly, under every constraint."""
