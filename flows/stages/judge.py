"""Judge: where no rule decides, a model says whether an answer is good; most of its votes are the verdict.

Such are the problems whose answer key names the verifier ``judge``. Each vote is a trace of its own (kind
``judgement``), a child of the trace it is about, so it is journaled, resumed and paid for like any other, and a better
reading of it needs no new one. Every other vote is asked in another order, where the prompt style has one. What another
check has refused is not put before the judge; in an examination everything is that answers at all.
"""

from __future__ import annotations

import polars as pl

from filters.verdicts import Asked
from flows.recipe.parts import Part
from flows.recipe.stages import Judge
from flows.run import Run, Shard
from flows.stages import about, verify
from flows.stages.sampling import answer, in_turns, missing
from generators import styles
from warehouse import ids
from warehouse.records import LASTING, Request

SUBJECTS = """
SELECT t.trace_id, t.problem_id, k.key_id, coalesce(response(t.completion), '') = '' AS mute
FROM traces t JOIN current_keys k USING (problem_id) JOIN problems p USING (problem_id)
WHERE k.verifier = 'judge' AND t.problem_id NOT IN (SELECT problem_id FROM quarantined)
    AND ($all OR list_contains($domains, p.domain)) AND CASE WHEN $examined
    THEN t.trace_id IN (SELECT trace_id FROM exam)
    ELSE t.problem_id IN (SELECT problem_id FROM scope_frame) AND list_contains($kinds, t.kind)
        AND NOT EXISTS (FROM traces c WHERE c.parents [1] = t.trace_id AND c.strategy IN ('continue', 'again'))
        AND NOT EXISTS (
            FROM latest_verdicts v SEMI JOIN checks USING (check_name, settings_hash)
            WHERE v.trace_id = t.trace_id AND v.outcome = 'fail') END
ORDER BY t.problem_id, t.sample_index, t.trace_id
"""


def asked(run: Run, stage: Judge, exam: list[str] | None = None) -> list[list[Request]]:
    """All votes that the stage asks for as the other verdicts stand, block by block; or those on an examination."""
    return votes_on(run, stage, subjects(run, stage, exam))


def subjects(run: Run, stage: Judge, exam: list[str] | None) -> list[tuple[str, str, str, bool]]:
    """(trace, problem, answer key, whether there is no answer to be judged) of the training problems, or of an exam."""
    checks = [(one.check.name, one.settings_hash) for one in run.asked if one.check.name != "judged"]
    with run.lake.connect(marks=False) as db:
        scope = pl.DataFrame({"problem_id": run.scope.get("train", [])}, schema={"problem_id": pl.String})
        db.register("scope_frame", scope.to_arrow())
        db.register("exam", pl.DataFrame({"trace_id": exam or []}, schema={"trace_id": pl.String}).to_arrow())
        schema = {"check_name": pl.String, "settings_hash": pl.String}
        db.register("checks", pl.DataFrame(checks, schema=schema, orient="row").to_arrow())
        where = {"kinds": list(stage.kinds), "all": not stage.domains, "domains": list(stage.domains)}
        return db.execute(SUBJECTS, where | {"examined": exam is not None}).fetchall()


def votes_on(run: Run, stage: Judge, judged: list[tuple[str, str, str, bool]]) -> list[list[Request]]:
    said = [(trace, problem, key) for trace, problem, key, mute in judged if not mute]
    return about.requests(run, stage, stage.model, "judgement", said)


def pending(run: Run, stage: Judge, exam: list[str] | None = None) -> list[Shard]:
    """What other checks say comes first, then the votes, then what most of them say; of an exam's answers if given."""
    split = "train" if exam is None else "test"
    if first := verify.pending(run, stage) if exam is None else verify.row_shards(run, split):
        return first
    judged = subjects(run, stage, exam)
    votes = votes_on(run, stage, judged)
    if left := missing(run, votes, "judgements"):
        return in_turns(run, left)
    heard: dict[str, list[str]] = {trace: [] for trace, _, _, mute in judged if mute}
    heard |= all_heard(run, [request for block in votes for request in block])
    unjudged = [trace for trace in verify.unjudged(run, the_check(run), split) if trace in heard]
    blocks = [unjudged[start : start + verify.BLOCK] for start in range(0, len(unjudged), verify.BLOCK)]
    return [Shard(f"judged-{ids.digest(block)}", len(block), {t: heard[t] for t in block}) for block in blocks]


def the_check(run: Run) -> Asked:
    return next(one for one in run.asked if one.check.name == "judged")


def all_heard(run: Run, votes: list[Request]) -> dict[str, list[str]]:
    """The traces of which no vote is outstanding, with their votes: each came, or can never come."""
    with run.lake.connect(marks=False) as db:
        wanted = [(vote.trace_id, vote.parents[0]) for vote in votes]
        db.register("votes", pl.DataFrame(wanted, schema=["trace_id", "subject"], orient="row").to_arrow())
        return dict(
            db.execute(
                """SELECT subject, list(trace_id ORDER BY trace_id) FROM votes LEFT JOIN (
                    SELECT trace_id FROM traces UNION
                    SELECT trace_id FROM failures WHERE list_contains($lasting, reason)
                ) came USING (trace_id) GROUP BY subject HAVING count(*) = count(came.trace_id)""",
                {"lasting": LASTING},
            ).fetchall()
            if votes
            else ()
        )


def work(run: Run, stage: Judge, shard: Shard) -> dict[str, int]:
    return opinions(run, stage, shard) or {}


def opinions(run: Run, stage: Part, shard: Shard) -> dict[str, int] | None:
    """The work on a shard of verdicts or of votes, which other stages have among theirs; None when it is neither."""
    if shard.name.startswith("verdicts-"):
        return verify.work(run, stage, shard)
    if shard.name.startswith("judgements-") and run.recipe.judge:
        return answer(run, Shard(shard.name, shard.size, about.told(run, run.recipe.judge, shard.content)))
    if shard.name.startswith("judged-"):
        passed = decide(run, shard.content)
        run.progress.advance(shard.size, accepted=passed, judged=shard.size)
        return {"verdicts": shard.size, "passed": passed}
    return None


def decide(run: Run, heard: dict[str, list[str]]) -> int:
    """Commit what most of the votes say of each trace; returns how many passed."""
    said = pl.DataFrame(
        [(subject, vote) for subject, votes in heard.items() for vote in votes],
        schema={"trace_id": pl.String, "vote": pl.String},
        orient="row",
    )
    assert run.recipe.judge
    style = styles.load(run.recipe.judge.style, run.recipe.base, "judge")
    with run.lake.connect(marks=False) as db:
        db.register("said", said.to_arrow())
        judgements = db.sql(
            # One that was cut by its token limit may end in any word.
            """SELECT trace_id, list(text ORDER BY vote) FILTER (NOT turned) AS judgements,
                list(text ORDER BY vote) FILTER (turned) AS swapped
            FROM (
                SELECT s.trace_id, s.vote, $swaps AND t.sample_index % 2 = 1 AS turned,
                    CASE WHEN t.finish_reason = 'length' THEN '' ELSE t.completion END AS text
                FROM said s JOIN traces t ON t.trace_id = s.vote)
            GROUP BY trace_id""",
            params={"swaps": style.other is not None},
        ).pl()
    frame = verify.with_keys(run, list(heard)).join(judgements, on="trace_id", how="left")
    return verify.commit(run, frame, [the_check(run)])
