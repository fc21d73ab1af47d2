"""Real servers, started in a folder of ours, for whatever is not configured (Linux)."""
