"""OpenStreetMap extracts: what is read, what the tags mean, and the network built from them."""
