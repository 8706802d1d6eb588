"""Maximum flows and their minimum cuts."""
