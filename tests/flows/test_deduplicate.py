import json
import os
import signal
import time

import pytest
from alike import documents
from handmade import trace
from small import in_process

from flows.mill import next_stage
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run
from flows.stages import deduplicate
from warehouse.errors import RecipeError
from warehouse.lake import Lake, upkeep

PROMPTS = [
    "A farmer has 12 hens and sells 5 of them at the market on Monday. How many hens are left?",
    "a farmer has 12 hens, and sells 5 of them at the market on Monday: how many hens are left",
    "Find the largest prime below one hundred.",
    "求小于一百的最大素数。",
]
ROWS = """SELECT check_name, problem_id, trace_id, against, reason, score, version, settings_hash, outcome
FROM verdicts WHERE starts_with(check_name, 'near_') ORDER BY ALL"""


def recipe(folder, prompts=PROMPTS, **stage):
    (folder / "problems.jsonl").write_text("".join(json.dumps({"prompt": p, "answers": "7"}) + "\n" for p in prompts))
    problems = [{"source": "file", "path": "problems.jsonl", "verifier": "number"}]
    stages = [{"do": "deduplicate"} | stage]
    return check({"name": "near", "folder": str(folder), "problems": problems, "stages": stages}, "near.toml")


@pytest.fixture
def made(tmp_path, turn):
    """A recipe of four problems over a lake that holds them; and commits a completion for the first as a trace."""
    asked = recipe(tmp_path)
    run = turn(asked, until="problems")

    def write(completions, **own):
        (problem, *_) = run.scope["train"]
        rows = [trace(name, problem, text, **own) for name, text in completions.items()]
        run.lake.commit("traces", rows)

    return asked, run, write


def texts(count, seed=1):
    return {f"t{place:04d}": text for place, text in enumerate(documents(count, seed, words=120))}


def test_prompts_and_completions_that_resemble_are_verdicts_and_all_have_one(made, turn):
    asked, run, write = made
    (first, same, third, fourth) = sorted(run.scope["train"], key=run.scope["train"].index)
    write({"a": "one two three four five six", "b": "One, two, three, four, five, six.", "c": "another thing"})
    turn(asked)
    rows = {(row["check_name"], row["trace_id"] or row["problem_id"]): row for row in run.lake.sql(ROWS).to_dicts()}
    assert len(rows) == 7
    hub, equal = sorted((first, same))
    assert (rows["near_prompt", equal]["against"], rows["near_prompt", equal]["score"]) == (hub, 1.0)
    assert rows["near_prompt", equal]["trace_id"] is None
    for name in (hub, third, fourth):
        assert rows["near_prompt", name]["against"] is None
    assert (rows["near_completion", "b"]["against"], rows["near_completion", "b"]["reason"]) == ("a", "equal")
    assert rows["near_completion", "b"]["problem_id"] == first
    assert {row["outcome"] for row in rows.values()} == {"pass"}
    assert next_stage(Run(asked, run.lake, Progress(quiet=True))) is None


def test_a_later_batch_only_adds_rows_and_is_compared_with_all_before(made, turn):
    asked, run, write = made
    known = texts(60)
    write({name: known[name] for name in sorted(known)[20:]})
    turn(asked)
    before = set(run.lake.sql(ROWS).rows())
    write(known)
    counts = deduplicate.work(run, asked.stages[0], deduplicate.pending(run, asked.stages[0])[0])
    assert counts["texts"] == 20
    after = set(run.lake.sql(ROWS).rows())
    assert before < after
    new = {row[2] for row in after - before}
    assert new == set(sorted(known)[:20])
    assert any(row[3] in sorted(known)[20:] for row in after - before)


def test_the_lakes_physical_layout_has_no_say(tmp_path, made, turn):
    asked, run, write = made
    known = texts(80)
    for name in reversed(known):
        if name < "t0003" or name > "t0070":
            write({name: known[name]})
    write(known)
    upkeep.compact(run.lake)
    turn(asked)
    other = turn(asked, tmp_path / "other", until="problems")
    other.lake.commit("traces", [trace(name, run.scope["train"][0], text) for name, text in known.items()])
    turn(asked, tmp_path / "other")
    assert run.lake.sql(ROWS).equals(other.lake.sql(ROWS))


def test_other_settings_are_another_opinion_from_the_same_sketches(made, turn, tmp_path):
    asked, run, write = made
    write(texts(60))
    turn(asked)
    strict = recipe(tmp_path, threshold=0.95)
    kept = {file: file.stat().st_mtime_ns for file in (run.lake.path / "_marts").rglob("*.arrow")}
    turn(strict)
    assert {file: file.stat().st_mtime_ns for file in (run.lake.path / "_marts").rglob("*.arrow")} == kept
    counts = run.lake.sql("SELECT settings_hash, count(*) AS n FROM resembles GROUP BY ALL ORDER BY n")
    assert counts["settings_hash"].to_list() == [
        deduplicate.settings_of(strict.stages[0]).digest,
        deduplicate.settings_of(asked.stages[0]).digest,
    ]


def test_sketches_that_are_thrown_away_are_made_anew(made, turn):
    asked, run, write = made
    known = texts(60)
    write({name: known[name] for name in sorted(known)[30:]})
    turn(asked)
    for file in (run.lake.path / "_marts").rglob("*.arrow"):
        file.unlink()
    write(known)
    turn(asked)
    late = run.lake.sql("SELECT count(*) FROM resembles WHERE id < 't0030' AND against >= 't0030'").item()
    assert late > 0
    assert next_stage(Run(asked, run.lake, Progress(quiet=True))) is None


def test_traces_of_other_kinds_and_those_whose_place_was_taken_are_left_alone(made, turn, tmp_path):
    asked, run, write = made
    write({"cut": "one two three four five six"}, finish_reason="length")
    write({"whole": "one two three four five six seven"}, strategy="continue", parents=["cut"])
    write({"vote": "one two three four five six"}, kind="judgement")
    write({"walk": "one two three four five six"}, kind="search")
    turn(asked)
    seen = "SELECT trace_id FROM verdicts WHERE check_name = 'near_completion' ORDER BY 1"
    assert run.lake.sql(seen)["trace_id"].to_list() == ["whole"]
    turn(recipe(tmp_path, of=["completion"], kinds=["search", "sample"]))
    assert run.lake.sql(seen)["trace_id"].to_list() == ["walk", "whole"]


def test_only_what_the_stage_is_asked_of_is_examined(made, turn, tmp_path):
    _, run, write = made
    write({"a": "one two three four five six"})
    turn(recipe(tmp_path, of=["prompt"]))
    assert run.lake.sql("SELECT DISTINCT check_name FROM verdicts")["check_name"].to_list() == ["near_prompt"]


def test_the_view_names_both_sides(made, turn):
    asked, run, write = made
    write({"a": "one two three four five six"}, model="ada")
    write({"b": "one two three four five six"}, model="bob", kind="rewrite")
    turn(asked)
    prompt, completion = run.lake.sql("FROM resembles ORDER BY of DESC").to_dicts()
    assert (prompt["of"], prompt["source"], prompt["model"]) == ("prompt", prompt["against_source"], None)
    assert prompt["against_problem_id"] == prompt["against"]
    assert (completion["id"], completion["against"], completion["score"]) == ("b", "a", 1.0)
    assert (completion["model"], completion["against_model"], completion["kind"]) == ("bob", "ada", "rewrite")
    assert completion["problem_id"] == completion["against_problem_id"]


def test_to_resemble_is_no_judgement(made, turn):
    asked, run, write = made
    write({"a": "<think>m</think> 7", "b": "<think>m</think> 7"})
    turn(asked)
    assert run.lake.sql("SELECT count(*) FROM marks WHERE accepted OR outcomes IS NOT NULL").item() == 0


def test_a_run_that_breaks_between_two_commits_goes_on_and_says_nothing_twice(made, turn, tmp_path, monkeypatch):
    asked, run, write = made
    known = texts(80)
    write(known)
    calm = turn(asked, tmp_path / "calm", until="problems")
    calm.lake.commit("traces", [trace(name, run.scope["train"][0], text) for name, text in known.items()])
    turn(asked, tmp_path / "calm")
    monkeypatch.setattr(deduplicate, "PART", 20)
    plain, left = Lake.commit, 1

    def commit(lake, name, rows, shard=None):
        nonlocal left
        left -= name == "verdicts"
        if name == "verdicts" and left < 0:
            left = 1
            raise KeyboardInterrupt
        return plain(lake, name, rows, shard)

    monkeypatch.setattr(Lake, "commit", commit)
    breaks = 0
    while True:
        try:
            turn(asked)
            break
        except KeyboardInterrupt:
            breaks += 1
    assert breaks >= 2
    assert run.lake.sql(ROWS).equals(calm.lake.sql(ROWS))


def test_a_run_that_is_killed_goes_on(made, turn, tmp_path):
    asked, run, write = made
    write(texts(400))
    process = in_process(asked, run.lake.path)
    marts = run.lake.path / "_marts"
    while process.is_alive() and not list(marts.glob("near-completion*/*.arrow")):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    turn(asked)
    twice = "SELECT count(*) FROM verdicts GROUP BY trace_id, problem_id, against, check_name HAVING count(*) > 1"
    assert run.lake.sql(twice).is_empty()
    seen = run.lake.sql("SELECT count(DISTINCT trace_id) FROM verdicts WHERE check_name = 'near_completion'")
    assert seen.item() == 400


def test_verdicts_of_one_text_are_committed_together(monkeypatch):
    import pyarrow as pa

    monkeypatch.setattr(deduplicate, "PART", 3)
    edges = pa.table({"id": ["a", "b", "b", "b", "b", "c", "d", "e", "e"]})
    parts = [part["id"].to_pylist() for part in deduplicate.parts(edges)]
    assert parts == [["a", "b", "b", "b", "b"], ["c", "d", "e", "e"]]
    assert list(deduplicate.parts(edges.slice(0, 0))) == []


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        ({"threshold": 1.5}, r"stages\[0\]\.threshold.*1\.5"),
        ({"threshold": 0.2}, r"stages\[0\]\.threshold.*0\.2"),
        ({"ngram": 0}, r"stages\[0\]\.ngram"),
        ({"hashes": 4}, r"stages\[0\]\.hashes"),
        ({"of": ["answer"]}, r"stages\[0\]\.of.*answer"),
        ({"of": []}, r"stages\[0\]\.of"),
        ({"crowd": 1}, r"stages\[0\]\.crowd"),
        ({"treshold": 0.8}, r"stages\[0\]\.treshold: unknown key"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_their_place(tmp_path, stage, told):
    with pytest.raises(RecipeError, match=told):
        recipe(tmp_path, **stage)
