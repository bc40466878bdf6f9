"""Journeys by proposal and critique: a critic says where an attempt goes wrong, and a proposer goes on from there.

The critic's reason becomes the turn, in the proposer's own mouth: it continues its thinking after it as if it had
noticed the error itself. That goes on until the answer is accepted or ``rounds`` are over (Qin et al. 2024,
arXiv:2410.18982, propose a debate of agents; here a verifier ends it). The two may be one model. With ``agree`` the
critic has to name, the first time, the step that step values found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from generators.journeys import Attempt, Declined, Journey, Means, builder
from generators.journeys.attempts import numbered
from generators.journeys.remarks import read
from generators.journeys.weaving import Stretches, thought, turn, weave
from warehouse.records import Completion
from warehouse.steps import steps
from warehouse.text import response


@dataclass(frozen=True)
class State:
    """How far a journey has come."""

    one: Attempt
    told: Stretches
    """What is settled: stretches up to and with the last turn."""
    live: str
    """The completion whose thinking begins after them: what the critic has not seen yet."""
    parents: tuple[str, ...]
    why: str = ""
    """Why it goes on no further."""

    @property
    def shown(self) -> tuple[str, int]:
        """The way without its detours, as the critic sees it, and where in it the part begins that is not settled."""
        kept = "".join(f"{text.strip()}\n" for label, text in self.told if label == "right" and text.strip())
        opened = f"<think>\n{kept}"
        return f"{opened}{self.path}\n</think>\n\n{response(self.live) or ''}", len(opened)

    @property
    def path(self) -> str:
        """The thinking after the last turn."""
        settled = thought(self.told)[0] if self.told else "<think>\n"
        return self.live.removeprefix(settled).rpartition("</think>")[0].removeprefix("<think>").strip("\n ")


CRITIQUE, PROPOSAL = "propose-critique/critique", "propose-critique/proposal"
"""Strategies of what is asked."""


@builder("propose-critique", version=1, style="critique", rounds=2, agree=False)
def propose_critique(attempts: Sequence[Attempt], means: Means) -> Iterator[Journey | Declined]:
    open_states = [State(one, (), one.wrong["completion"], (one.wrong["trace_id"],)) for one in attempts]
    for _ in range(means.settings["rounds"]):
        turned = list(criticised(open_states, means))
        for state in turned:
            if state.why:
                yield Declined(state.one, state.why)
        open_states = []
        for found in proposed([state for state in turned if not state.why], means):
            if isinstance(found, State) and not found.why:
                open_states.append(found)
            else:
                yield Declined(found.one, found.why) if isinstance(found, State) else found
    for state in open_states:
        yield Declined(state.one, f"no answer accepted in {means.settings['rounds']} rounds")


def criticised(states: Sequence[State], means: Means) -> Iterator[State]:
    """Each state up to and with the turn that the critic gives it."""
    asked = {state.parents[-1]: state for state in states}
    requests = [
        means.remark(state.one, CRITIQUE, (trace,), 0, steps=numbered(state.shown[0])) for trace, state in asked.items()
    ]
    for came in means.complete(requests):
        state = asked[came.request.parents[0]]
        remark = read(came.text) if isinstance(came, Completion) else None
        if remark is None:
            yield replace(state, why="the critic names no wrong step")
            continue
        if means.settings["agree"] and not state.told and remark.step != state.one.valued:
            yield replace(state, why="the critic names another step than step values do")
            continue
        text, live = state.shown
        parts = steps(text)
        if not 1 <= remark.step <= len(parts):
            yield replace(state, why="the critic finds the error where there is no step")
            continue
        start, end = parts[remark.step - 1]
        if start < live:
            yield replace(state, why="the critic finds the error behind an earlier turn")
            continue
        before, step = text[live:start], text[start:end]
        told = (*state.told, ("right", before), ("wrong", step), ("turn", turn(remark.why, step)))
        yield replace(state, told=told, parents=(*state.parents, came.request.trace_id))


def proposed(states: Sequence[State], means: Means) -> Iterator[State | Journey]:
    """Each state as it goes on after its turn: a journey where that is accepted, or else what the critic sees next."""
    asked = {state.parents[-1]: state for state in states}
    requests = [
        means.continuation(state.one, PROPOSAL, (state.parents[0], remark), sample, thought(state.told)[0])
        for remark, state in asked.items()
        for sample in range(means.n)
    ]
    came_of: dict[str, list[Completion]] = {remark: [] for remark in asked}
    for came in means.complete(requests):
        if isinstance(came, Completion) and came.finish_reason == "stop" and "</think>" in came.text:
            came_of[came.request.parents[1]].append(came)
    candidates: dict[str, list[tuple[Journey, str]]] = {}
    rows = {}
    for remark, found in came_of.items():
        for came in found:
            state = replace(asked[remark], live=came.text)
            text, spans = weave([*state.told, ("right", state.path)], response(came.text) or "")
            journey = Journey(state.one, text, spans, (*state.parents, came.request.trace_id))
            row = propose_critique.row(journey)
            rows[row["trace_id"]] = row
            candidates.setdefault(remark, []).append((journey, row["trace_id"]))
    good = means.accepted(list(rows.values()))
    for remark, state in asked.items():
        made = candidates.get(remark, [])
        taken = next((journey for journey, name in made if name in good), None)
        if taken:
            yield taken
        elif made:
            first = came_of[remark][0]
            yield replace(state, live=first.text, parents=(*state.parents, first.request.trace_id))
        else:
            yield replace(state, why="nothing that was proposed came to an end")
