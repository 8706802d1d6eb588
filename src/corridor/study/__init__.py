"""The analyst's questions: what a branch carries, year by year."""
