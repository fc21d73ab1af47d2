"""One file per area of the contract, endpoints only."""
