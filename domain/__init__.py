"""The rules: aggregates decide, events tell, nothing here reads a clock, a disk or a socket."""
