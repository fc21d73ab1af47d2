"""`travellr demo`: the whole story over HTTP against the running system, then every invariant checked."""
