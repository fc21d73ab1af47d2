"""What follows the log, and what acts outside: followers, reactions, the task board, actors and the schedule."""
