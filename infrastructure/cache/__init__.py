"""Answers to hot questions, kept for a moment: what a cache is, where it is kept, and when it may be believed."""
