"""The virtual network: what the physical one means for one cargo in one year."""
