"""What schemathesis must not send: to wait for what nobody will write takes two seconds each, and is 503 rightly."""

from typing import Any

import schemathesis


@schemathesis.hook
def before_call(_: Any, case: Any, __: Any) -> None:
    """A position that is far ahead is one that was read long ago; what is no number stays what it is."""
    wanted = str((case.query or {}).get("min_position", ""))
    if wanted.isdigit() and len(wanted) < 20:
        case.query["min_position"] = "1"
