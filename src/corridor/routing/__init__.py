"""Routing: exact routes of one cargo between two places, under constraints."""
