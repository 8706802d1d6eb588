"""The world: network, cargo, scenario, source, and the checks on them."""
