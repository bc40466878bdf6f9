"""A server that answers like OpenAI's, and misbehaves on demand: python tests/support/stand_in.py

It is a process of its own, so that it outlives the runs that tests kill and can count what it was asked. Its faults are
probabilities per call, set by POST /behave: busy (429), error (500), reset, slow (bytes that trickle), half (JSON cut
in the middle), several (choices, where one was asked for), empty (no choices), blank (no text), gone (404), flood
(bytes without end). A prompt that holds "poison" is always refused with 400; one that holds "endless" is too long.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import urllib.request
from collections import Counter
from contextlib import contextmanager

from aiohttp import web

FAULTS = ("busy", "error", "reset", "slow", "half", "several", "empty", "blank", "gone", "flood")


class Server:
    def __init__(self):
        self.faults = dict.fromkeys(FAULTS, 0.0)
        self.delay, self.retry_after, self.capacity, self.credit = 0.0, None, None, None
        self.at_work = self.most_at_work = 0
        self.asked, self.answered, self.statuses = Counter(), Counter(), Counter()
        self.last = None

    async def complete(self, request):
        self.last = asked = await request.json()
        name = request.headers.get("X-Request-Id", "?")
        self.asked[name] += 1
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            response = await self.answer(request, asked)
            self.statuses[getattr(response, "status", 0)] += 1
            self.answered[name] += getattr(response, "status", 0) == 200 and response.good
            return response
        finally:
            self.at_work -= 1

    async def answer(self, request, asked):
        prompt = asked["messages"][-1]["content"]
        if "poison" in prompt:
            return refuse(400, "this prompt is not welcome here")
        if "roomy" in prompt and asked["max_tokens"] > 24:
            return refuse(400, "Requested token count exceeds the model's maximum context length of 512 tokens.")
        if "endless" in prompt:
            return refuse(
                400, "This model's maximum context length is 512 tokens and your request has 900 input tokens"
            )
        if self.credit is not None and sum(self.asked.values()) > self.credit:
            return refuse(402, "insufficient balance")
        if self.capacity is not None and self.at_work > self.capacity:
            return refuse(429, "too many requests", self.retry_after)
        fault = next((fault for fault, odds in self.faults.items() if random.random() < odds), None)
        if fault == "busy":
            return refuse(429, "too many requests", self.retry_after)
        if fault == "error":
            return refuse(500, "something broke")
        if fault == "gone":
            return refuse(404, "page not found")
        if fault == "flood":
            response = web.StreamResponse()
            response.good = False
            await response.prepare(request)
            while True:  # until the other side hangs up
                await response.write(bytes(1 << 20))
        await asyncio.sleep(self.delay)
        text = f"<think>\nSeed {asked['seed']}: {prompt[:40]}\n</think>\n\n{asked['seed'] % 20}"
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        choices = {"several": [choice] * 3, "empty": [], "blank": [{**choice, "message": {"content": ""}}]}
        body = json.dumps(
            {
                "model": asked["model"],
                "choices": choices.get(fault, [choice]),
                "usage": {"prompt_tokens": len(prompt) // 4, "completion_tokens": len(text) // 4},
            }
        ).encode()
        if fault == "reset" and request.transport:
            request.transport.abort()
        if fault == "half":
            body = body[: len(body) // 2]
        if fault == "slow":
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            await response.prepare(request)
            for byte in body:
                await response.write(bytes([byte]))
                await asyncio.sleep(0.05)
            response.good = False
            return response
        response = web.Response(body=body, content_type="application/json")
        response.good = fault in (None, "several")
        return response

    async def behave(self, request):
        for name, value in (await request.json()).items():
            if name == "forget":
                self.asked, self.answered, self.statuses = Counter(), Counter(), Counter()
            elif name in FAULTS:
                self.faults[name] = value
            else:
                setattr(self, name, value)
        return web.json_response({})

    async def count(self, request):
        names = ("asked", "answered", "statuses", "most_at_work", "last")
        return web.json_response({name: getattr(self, name) for name in names})


def refuse(status, message, retry_after=None):
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    return web.json_response({"error": {"message": message}}, status=status, headers=headers)


async def serve(port):
    server = Server()
    app = web.Application(client_max_size=1 << 26)
    app.router.add_post("/v1/chat/completions", server.complete)
    app.router.add_post("/behave", server.behave)
    app.router.add_get("/count", server.count)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


class StandIn:
    """The server, seen from a test."""

    def __init__(self, port):
        self.root = f"http://127.0.0.1:{port}"
        self.url = f"{self.root}/v1"

    def behave(self, **faults):
        call = urllib.request.Request(f"{self.root}/behave", json.dumps(faults).encode(), method="POST")
        urllib.request.urlopen(call, timeout=30).read()

    def calm(self):
        """No faults, and what was counted is forgotten."""
        limits = dict.fromkeys(("retry_after", "capacity", "credit"))
        self.behave(**dict.fromkeys(FAULTS, 0.0), **limits, delay=0.0, forget=True)

    def counts(self):
        with urllib.request.urlopen(f"{self.root}/count", timeout=30) as told:
            return json.load(told)


@contextmanager
def stand_in(port=0, **faults):
    """A server for the length of a block."""
    process = subprocess.Popen([sys.executable, __file__, str(port)], stdout=subprocess.PIPE, text=True)
    try:
        server = StandIn(int(process.stdout.readline()))
        server.behave(**faults)
        yield server
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
