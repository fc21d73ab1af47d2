"""A child ends when its supervisor does, however that one ended.

The supervisor holds the writing end of a pipe and never writes; when it is gone, even by kill -9, the kernel closes the
pipe and every reader sees its end. Unlike PR_SET_PDEATHSIG this does not depend on the thread that forked.

Each child calls `watch()` first thing. A program that knows nothing of ours is run as
`python -m infrastructure.lifeline MODULE ARGUMENTS...`.
"""

import os
import runpy
import signal
import sys
import threading
import time
from typing import Final

VARIABLE: Final = "TRAVELLR_LIFELINE_FD"
GRACE_SECONDS: Final = 10.0


def watch(grace_seconds: float = GRACE_SECONDS) -> None:
    """Does nothing when nobody supervises this process; may be called twice."""
    # Taken out of the environment: in a process of our own making that number would be another file.
    handle = os.environ.pop(VARIABLE, None)
    if handle is not None:
        threading.Thread(target=_wait_for_the_end, args=(int(handle), grace_seconds), daemon=True).start()


def _wait_for_the_end(handle: int, grace_seconds: float) -> None:
    while os.read(handle, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace_seconds)
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    watch()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
