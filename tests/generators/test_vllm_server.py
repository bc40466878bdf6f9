"""vLLM's OpenAI server: what a backend that asks a server can count on."""

import json
import urllib.request

import pytest
from small import EQUATIONS

from generators.sources import Wanted, problems

pytestmark = pytest.mark.vllm


def ask(url, **body):
    asked = urllib.request.Request(f"{url}/chat/completions", json.dumps({"model": "model", **body}).encode())
    asked.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(asked, timeout=120) as answer:
        return json.load(answer)


def test_a_server_answers_chat_completions(vllm_server):
    (problem,) = problems(Wanted("reasoning-gym/simple_equations", count=1, config=EQUATIONS))
    puzzle = {"role": "user", "content": problem.prompt}
    answer = ask(vllm_server, messages=[puzzle], temperature=0.0, max_tokens=100, seed=1)
    (choice,) = answer["choices"]
    assert choice["message"]["content"].startswith("<think>\n")
    assert choice["finish_reason"] == "stop"
    assert answer["usage"]["completion_tokens"] > 0
