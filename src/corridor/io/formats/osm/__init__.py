"""OpenStreetMap extracts: what is read of them, what their tags mean, and the network made of it."""
