"""The seal over the log: how it is made, kept, proved and checked (ADR 0024)."""
