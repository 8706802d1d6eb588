"""What builds and checks the data; not part of the package."""
