"""Benchmarks: corridor beside its peers, each in its own process."""
