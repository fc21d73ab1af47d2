"""The HTTP door: requests become commands and questions, answers become JSON."""
