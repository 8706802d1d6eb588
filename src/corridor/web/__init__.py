"""The local page: the network on a map, routes, closures, the forecast, and the source of every number."""
