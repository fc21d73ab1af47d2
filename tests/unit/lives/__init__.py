"""The states that things can be in, each with the story that brings it about, and all that can be asked in them."""
