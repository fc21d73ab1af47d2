"""Questions: one file each, SQL next to the one function that asks it, a frozen dataclass for every row."""
