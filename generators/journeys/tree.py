"""Tree journeys: a search tree grown by rollouts, walked depth first with backtracking.

The first wrong step of an attempt is where rollouts stop coming right (generators/values.py). The node before it is
where the walk comes back to: the attempt's own rest is its first wrong branch, wrong rollouts from there are more of
them, and the first right one is the way on. A node is left for good after ``wrong_turns``. With ``deeper`` the last
wrong rollout is looked into as well: as far as it was right it is walked, and the walk comes back to a node of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generators.journeys import Attempt, Declined, Journey, Means, builder
from generators.journeys.rows import Row
from generators.journeys.weaving import turn, weave
from generators.values import How, Values, first_wrong, rollouts, values
from warehouse.records import Completion
from warehouse.steps import steps
from warehouse.text import CLOSE, OPEN, response


@dataclass(frozen=True)
class Node:
    """The end of a trace's last good step, and what went on from there."""

    trace: Row
    step: int
    """The last good one; 0 is the question."""
    right: tuple[Row, ...]
    wrong: tuple[Row, ...]

    @property
    def prefix(self) -> str:
        """The text up to there, with which all that went on from there begins."""
        text = self.trace["completion"]
        return text[: steps(text)[self.step - 1][1]] if self.step else ""

    def rest(self, row: Row) -> str:
        """How the thinking of a trace goes on after the node: the node's own, or one that went on from there."""
        text = row["completion"]
        rest = text[len(self.prefix) : text.rfind(CLOSE)]
        return rest if self.step else rest.replace(OPEN, "", 1)


@builder("tree", version=1, asks=True, method="first_error", wrong_turns=2, deeper=True)
def tree(attempts: Sequence[Attempt], means: Means) -> Iterator[Journey | Declined]:
    nodes = grown([one.wrong for one in attempts], means)
    most = means.settings["wrong_turns"] - 1
    siblings = {name: node.wrong[:most] for name, node in nodes.items()}
    looked_into = [rows[-1] for rows in siblings.values() if rows] if means.settings["deeper"] else []
    below = grown(looked_into, means)
    says = means.faults([row for rows in siblings.values() for row in rows])
    for one in attempts:
        node = nodes.get(one.wrong["trace_id"])
        if node is None:
            yield Declined(one, "there is no step that success ends with")
        else:
            yield walked(one, node, siblings[one.wrong["trace_id"]], below, says)


def grown(traces: Sequence[Row], means: Means) -> dict[str, Node]:
    """The node before the first wrong step of each trace, by trace id, where there is one."""
    how = How(
        model=means.model,
        weights=means.weights,
        n=means.n,
        temperature=means.temperature,
        top_p=means.top_p,
        max_tokens=means.max_tokens,
        method=means.settings["method"],
        templates=means.templates,
    )
    by_id = {trace["trace_id"]: trace for trace in traces}
    known: dict[str, Values] = values(list(by_id.values()), means.complete, means.judge, how)
    ends = {name: step - 1 for name, found in known.items() if (step := first_wrong(found))}
    asked = [request for name, step in ends.items() for request in rollouts(by_id[name], step, how)]
    rows = {
        came.request.trace_id: came.row("")
        for came in means.complete(asked)  # which has been told all of them before
        if isinstance(came, Completion) and came.finish_reason == "stop" and CLOSE in came.text
    }
    return {
        name: Node(
            by_id[name],
            step,
            tuple(rows[one] for one in known[name][step].right if one in rows),
            tuple(rows[one] for one in known[name][step].wrong if one in rows),
        )
        for name, step in ends.items()
    }


def walked(
    one: Attempt, node: Node, siblings: Sequence[Row], below: dict[str, Node], says: dict[str, str]
) -> Journey | Declined:
    """The walk through a node's wrong branches to a right one."""
    start = node.prefix.replace(OPEN, "", 1).lstrip()
    told = [("right", start), ("wrong", node.rest(node.trace)), ("turn", back(one.fault, node))]
    parents = [one.wrong["trace_id"]]
    for row in siblings:
        fault, deep = says.get(row["trace_id"], ""), below.get(row["trace_id"])
        if not fault or not node.rest(row).strip():
            continue
        parents.append(row["trace_id"])
        if deep and len(deep.prefix) > len(node.prefix) and deep.right:
            between = deep.prefix[len(node.prefix) :] if node.step else deep.prefix.replace(OPEN, "", 1)
            told += [("right", between), ("wrong", deep.rest(row)), ("turn", back(fault, deep))]
            node = deep
        else:
            told += [("wrong", node.rest(row)), ("turn", back(fault, node))]
    last = next((row for row in node.right if node.rest(row).strip()), None)
    if last is None:
        return Declined(one, "the right ways from there say nothing more")
    text, spans = weave([*told, ("right", node.rest(last))], response(last["completion"]) or "")
    return Journey(one, text, spans, (*parents, last["trace_id"]))


def back(fault: str, node: Node) -> str:
    """What is said where the walk comes back to a node."""
    said = turn(fault, node.rest(node.trace))
    if said.startswith("等"):
        return f"{said}{'回到前面。' if node.step else '重新来。'}"
    return f"{said} {'Back to where it was right.' if node.step else 'Let me start again.'}"
