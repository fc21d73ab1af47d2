"""Loopback ports: is one free, and one that is chosen once and then kept."""

import json
import socket
from pathlib import Path
from typing import Final

FILE_NAME: Final = "ports.json"


def port_is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Connections that linger after a restart do not keep a server from listening, so they must not count here.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def kept_port(home: Path, name: str) -> int:
    """The same port at every start, unless somebody else took it meanwhile."""
    file = home / FILE_NAME
    try:
        ports: dict[str, int] = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        ports = {}
    if name not in ports or not port_is_free("127.0.0.1", ports[name]):
        ports[name] = free_port()
        draft = home / f".{FILE_NAME}"
        draft.write_text(json.dumps(ports))
        draft.replace(file)
    return ports[name]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
