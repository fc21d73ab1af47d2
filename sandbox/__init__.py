"""A Stripe-compatible HTTP server for the demo and the tests: its own process, its own file, none of our code."""
