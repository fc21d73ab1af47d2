"""How fast it is, beside a peer and a limit in the same run. `python -m bench --help`; see docs/performance.md."""
