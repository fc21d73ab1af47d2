"""Messages to people: which event makes which, to whom and by which channels, and what they say in each language."""
