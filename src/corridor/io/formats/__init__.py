"""The formats that networks come in: a module or two for each, and what they share."""
