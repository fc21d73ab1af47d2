"""Stand-ins for the programs that `travellr up` runs, and an `up` that runs them."""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from infrastructure import lifeline
from infrastructure.demo.accounts import Account, keep_accounts


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is given by the base class
        pass


def main() -> None:
    role, *arguments = sys.argv[1:]
    if role == "up":
        run_up()
    lifeline.watch()
    home = Path(os.environ["TRAVELLR_HOME"])
    if (home / f"refuse-{role}").exists():
        sys.exit(2)
    with (home / "environments").open("a") as file:
        file.write(json.dumps({"role": role, **os.environ}) + "\n")
    if role == "migrate":
        sys.exit(1 if (home / "fail-migrate").exists() else 0)
    if role == "seed":
        keep_accounts(home, [Account("traveller", "traveller@demo.example", "a password")])
        sys.exit(0)
    signal.signal(signal.SIGTERM, lambda *_: say_goodbye(role, home))
    sys.stdout.write(f"{role} is up\n[warning] {role} is only a stand-in\n")
    sys.stdout.flush()
    if role == "api":
        serve(int(os.environ["TRAVELLR_PORT"]))
    elif role == "sandbox":
        serve(int(arguments[arguments.index("--port") + 1]))
    while True:
        signal.pause()


def serve(port: int) -> None:
    HTTPServer(("127.0.0.1", port), Answer).serve_forever()


def say_goodbye(role: str, home: Path) -> None:
    with (home / "goodbyes").open("a") as file:
        file.write(f"{role}\n")
    # Long enough to show that the next one is asked only after this one is gone.
    time.sleep(0.05)
    os._exit(0)


def run_up() -> None:
    from infrastructure.home_lock import AlreadyUpError
    from infrastructure.settings import load_settings
    from infrastructure.settings_error import SettingsError
    from infrastructure.up import Commands, up

    def command(role: str) -> tuple[str, ...]:
        return (sys.executable, __file__, role)

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    roles = ("sandbox", "migrate", "api", "followers", "worker", "seed")
    try:
        code = up(load_settings(), say, Commands(**{role: command(role) for role in roles}))
    except (SettingsError, AlreadyUpError) as error:
        say(str(error))
        code = 2
    sys.exit(code)


if __name__ == "__main__":
    main()
