"""What is tidied up every night: each job is idempotent, bounded in its steps, and goes on after it was killed."""
