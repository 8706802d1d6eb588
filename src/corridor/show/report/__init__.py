"""The report: one file that holds the question, the answer, pictures, and the source of every figure."""
