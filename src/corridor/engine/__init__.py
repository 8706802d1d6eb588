"""The network's questions: how to get there, and how much fits through."""
