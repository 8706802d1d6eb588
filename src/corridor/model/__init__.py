"""The data model: network, cargo, scenario, sources, and their checks."""
