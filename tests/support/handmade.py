"""Rows made by hand, and a small lake whose every number can be worked out on paper."""

from datetime import UTC, datetime, timedelta

from warehouse.lake import Lake


def at(minute):
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)


def problem(name, **own):
    return {"problem_id": name, "source": "sums", "prompt": f"Problem {name}", "split": "test", "metadata": "{}"} | own


def answer_key(name, problem="p1", **own):
    return {"key_id": name, "problem_id": problem, "answers": ["4"], "verifier": "number"} | own


def trace(name, problem="p1", completion="<think>\n2 + 2\n</think>\n\n4", **own):
    return {
        "trace_id": name,
        "text_hash": f"h-{name}",
        "problem_id": problem,
        "run_id": "run-1",
        "kind": "sample",
        "strategy": "sample",
        "model": "ada",
        "weights": "w1",
        "engine": "paper",
        "prompt_style": "plain",
        "messages": [{"role": "user", "content": f"Problem {problem}"}],
        "sample_index": 0,
        "seed": 1,
        "sampling": '{"temperature": 0.5}',
        "completion": completion,
        "finish_reason": "stop",
        "prompt_tokens": 5,
        "completion_tokens": 10,
        "seconds": 1.0,
        "cost": 0.5,
        "parents": [],
        "spans": [],
    } | own


def verdict(trace, outcome, check="answer", problem="p1", **own):
    return {
        "problem_id": problem,
        "trace_id": trace,
        "check_name": check,
        "version": 1,
        "settings_hash": "s1",
        "outcome": outcome,
        "detail": "{}",
        "run_id": "run-1",
    } | own


def fill(lake: Lake) -> Lake:
    """Two test problems and a train problem; five samples, and a journey from a wrong one to a right one."""
    lake.commit("problems", [problem("p1"), problem("p2"), problem("p3", split="train")])
    lake.commit("answer_keys", [answer_key("k1"), answer_key("k2", "p2"), answer_key("k3", "p3")])
    lake.commit(
        "traces",
        [
            trace("t1"),
            trace("t2", completion="<think>\n2 + 2\n</think>\n\n5", sample_index=1, completion_tokens=20),
            trace("t3", "p2", finish_reason="length", completion_tokens=30, seconds=2.0),
            trace("t4", "p3", completion_tokens=40, seconds=4.0),
            trace("t5", "p3", sample_index=1, completion_tokens=50, seconds=2.0),
            trace("t6", kind="journey", strategy="stitched", parents=["t2", "t1"], completion_tokens=60),
        ],
    )
    lake.commit(
        "verdicts",
        [
            verdict("t1", "pass", key_id="k1"),
            verdict("t1", "pass", "format"),
            verdict("t2", "fail", key_id="k1", reason="wrong_value"),
            verdict("t2", "pass", "format"),
            verdict("t3", "pass", problem="p2", key_id="k2"),
            verdict("t3", "fail", "format", problem="p2", reason="truncated"),
            verdict("t4", "undecided", problem="p3", key_id="k3", reason="crash"),
            verdict("t4", "pass", "format", problem="p3"),
            verdict("t6", "pass", key_id="k1"),
            verdict("t6", "pass", "format"),
        ],
    )
    return lake
