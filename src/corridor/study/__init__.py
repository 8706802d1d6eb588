"""Studies of a branch: throughput year by year, forecast, plan, criticality, comparison of scenarios."""
