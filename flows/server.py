"""Prefect's server for one run: started beside it, and gone with it, however it ends.

Prefect can start a server by itself, but leaves it running when the flow is killed. This one watches a pipe that only
the run holds open: the operating system closes it when the run dies, and the server goes too.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from warehouse.claims import claim
from warehouse.errors import RunFailed

START_WITHIN = 180.0
"""Seconds. On two busy cores a start takes half a minute."""


@contextlib.contextmanager
def prefect_server(log: Path) -> Iterator[str]:
    """The API's URL: the one PREFECT_API_URL names, or that of a server of our own. Raises RunFailed."""
    from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

    if given := PREFECT_API_URL.value():
        yield given
        return
    home = PREFECT_HOME.value()
    home.mkdir(parents=True, exist_ok=True)
    # One after the other: servers that both set up the database of a new home break each other.
    with claim(home, "server-start", wait=True):
        server, url = start(log)
        try:
            wait_for(url, server, log)
        except BaseException:
            stop(server)
            raise
    try:
        with temporary_settings({PREFECT_API_URL: url}):
            yield url
    finally:
        stop(server)


def start(log: Path) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("ab") as out:
        server = subprocess.Popen(
            [sys.executable, "-P", __file__, str(port)],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the run; the server goes when the run has ended
            env={**os.environ, "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_LOGGING_LEVEL": "WARNING"},
        )
    return server, f"http://127.0.0.1:{port}/api"


def stop(server: subprocess.Popen[bytes]) -> None:
    assert server.stdin is not None
    server.stdin.close()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_WITHIN
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RunFailed(f"Prefect's server ended while it was starting; its log is {log}")
        with contextlib.suppress(urllib.error.URLError, OSError), opener.open(f"{url}/health", timeout=2):
            return
        time.sleep(0.1)
    raise RunFailed(f"Prefect's server did not start within {START_WITHIN:.0f} s; its log is {log}")


def serve(port: int) -> None:
    """Serve until standard input ends."""

    def watch() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
    import uvicorn
    from prefect.server.api.server import create_app

    uvicorn.run(create_app(ephemeral=True), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    serve(int(sys.argv[1]))
