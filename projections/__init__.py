"""Read models: one file each, `EVENTS` and `project(event)`, a pure function from an event to changes of rows."""
