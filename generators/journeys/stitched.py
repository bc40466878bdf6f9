"""Stitched journeys: the wrong path as it was walked, a turn that names the fault, then the right path.

Nothing is invented: both paths are traces that a model wrote, and the fault is what the verifier found. The control is
the shortcut, the right path alone (Qin et al. 2024, O1 Replication Journey, compare the two kinds of training).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generators.journeys import BUILDERS, Pair
from warehouse import ids
from warehouse.text import response, thinking

VERSION = 1
TURN = "Wait, {fault}. Let me try again."


@BUILDERS.register("stitched")
def stitched(pair: Pair) -> Iterator[dict[str, Any]]:
    """The journey and its shortcut, with parents and spans."""
    wrong, right = pair["wrong"], pair["right"]
    wrong_path, right_path = thinking(wrong["completion"]), thinking(right["completion"])
    if not wrong_path or not right_path or not response(right["completion"]):
        return
    turn = TURN.format(fault=pair["fault"])
    text, spans = "<think>\n", []
    for label, stretch in (("wrong", wrong_path), ("turn", turn), ("right", right_path)):
        spans.append({"label": label, "start": len(text), "end": len(text) + len(stretch)})
        text += stretch + "\n"
    text += f"</think>\n\n{response(right['completion'])}"
    journey = built(right, "journey", "stitched", [wrong["trace_id"], right["trace_id"]], text, spans)
    yield journey
    yield built(
        right, "shortcut", "stitched-shortcut", [journey["trace_id"], right["trace_id"]], right["completion"], []
    )


def built(
    right: dict[str, Any], kind: str, strategy: str, parents: list[str], text: str, spans: list[dict[str, Any]]
) -> dict[str, Any]:
    """A trace row for a text that was put together, not sampled."""
    weights = f"builder:{strategy}@{VERSION}"
    asked = ids.digest(TURN, [(m["role"], m["content"]) for m in right["messages"]])
    return {
        "trace_id": ids.trace_id(right["problem_id"], asked, weights, strategy, {}, parents),
        "text_hash": ids.text_hash(text),
        "problem_id": right["problem_id"],
        "kind": kind,
        "strategy": strategy,
        "model": strategy,
        "weights": weights,
        "engine": "builder",
        "prompt_style": right["prompt_style"],
        "messages": right["messages"],
        "sample_index": 0,
        "sampling": "{}",
        "completion": text,
        "finish_reason": "stop",
        "prompt_tokens": right["prompt_tokens"],
        "parents": parents,
        "spans": spans,
    }
