"""How much fits through: maximum flows and their cuts."""
