"""OpenStreetMap extracts: reading, interpretation of tags, and the network built from them."""
