"""Use cases: one file each, a frozen dataclass and its handler. `dispatch.py` is the table of contents."""
