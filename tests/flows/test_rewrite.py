"""Rewriting: accepted traces in better order, with their lineage, judged, and in their originals' place."""

import json
from functools import partial

import polars as pl
import pytest
from small import equations

from flows import shortfall
from flows.mill import grind, next_stage
from flows.planning import plan_of
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run
from warehouse import explain
from warehouse.errors import BadInput, RecipeError
from warehouse.lake import Lake

# An editor whose work hangs on the original alone: it tidies up, says something else, or loses the thread.
EDITOR = """
from warehouse.records import Completion
from warehouse.text import response, thinking


def fate(original):
    return ("tidied", "tidied", "changed", "lost")[int(original[1:4], 16) % 4]


def editor(teacher):
    def complete(requests):
        for request in requests:
            text = request.messages[-1][1].partition("Solution:\\n")[2]
            steps = "\\n\\n".join(f"Step: {line}" for line in thinking(text).split("\\n"))
            written = {
                "tidied": f"<think>\\n{steps}\\n</think>\\n\\n{response(text)}",
                "changed": f"<think>\\n{steps}\\n</think>\\n\\n{response(text)}1",
                "lost": "Here is the solution, written out again.",
            }[fate(request.parents[0])]
            yield Completion(request, written, "stop", 10, 10, 0.1, "test")

    return complete
"""
SAMPLES = [
    {"do": "generate", "model": "hasty", "n": 3, "shard": 5},
    {"do": "generate", "model": "search", "n": 1, "shard": 5},
]
VERIFY = {"do": "verify", "checks": ["answer", "format", "duplicates"]}
REWRITE = {"do": "rewrite", "model": "editor", "shard": 4}
RELEASE = {"do": "release", "select": "accepted", "configs": ["default"]}
PAIRS = """
SELECT c.trace_id, c.problem_id, c.messages, c.completion, o.trace_id AS original, o.kind AS of_kind,
    o.completion AS before, m.accepted, om.accepted AS was_accepted, m.outcomes, m.reasons
FROM traces c JOIN traces o ON c.parents = [o.trace_id] JOIN marks m ON m.trace_id = c.trace_id
JOIN marks om ON om.trace_id = o.trace_id WHERE c.kind = 'rewrite'
"""


def recipe_in(folder, weights, *stages, **changes):
    """A recipe with an editor, in the name of a model's weights that it has no use for."""
    (folder / "editor.py").write_text(EDITOR)
    tables = {
        "name": "rewriting",
        "folder": str(folder),
        "models": {name: {"backend": "solver", "path": name} for name in ("hasty", "search")}
        | {"editor": {"backend": "editor.py:editor", "path": str(weights)}},
        "problems": [equations(12)],
        "stages": list(stages) or [*SAMPLES, VERIFY, REWRITE, RELEASE],
    }
    return check(tables | changes, "rewriting.toml")


@pytest.fixture
def rewriting(tmp_path, tiny_model):
    return partial(recipe_in, tmp_path, tiny_model)


@pytest.fixture(scope="module")
def done(tmp_path_factory, tiny_model):
    """A finished run of the recipe, to be looked at and left as it is."""
    folder = tmp_path_factory.mktemp("done")
    run = Run(recipe_in(folder, tiny_model), Lake(folder / "lake", create=True), Progress(quiet=True))
    grind(run)
    return run


def fate(original):
    return ("tidied", "tidied", "changed", "lost")[int(original[1:4], 16) % 4]


def released(run):
    (made,) = run.releases.values()
    return pl.read_parquet(made.folder(run.lake) / "default" / "*.parquet").to_dicts()


def test_every_accepted_sample_is_rewritten_once_and_nothing_else(done):
    lake = done.lake
    accepted = lake.sql("SELECT trace_id FROM marks WHERE kind = 'sample' AND accepted ORDER BY 1")["trace_id"]
    pairs = lake.sql(PAIRS)
    assert sorted(pairs["original"]) == accepted.to_list()
    assert set(pairs["of_kind"]) == {"sample"}
    assert {fate(original) for original in accepted} == {"tidied", "changed", "lost"}


def test_the_rewriter_is_shown_the_problem_and_the_original_and_both_are_on_record(done):
    lake = done.lake
    prompts = dict(lake.sql("SELECT problem_id, prompt FROM problems").rows())
    for pair in lake.sql(PAIRS).to_dicts():
        (asked,) = pair["messages"]
        assert prompts[pair["problem_id"]] in asked["content"]
        assert pair["before"] in asked["content"]
    told = explain.trace(lake, pair["trace_id"])
    assert [(parent["role"], parent["trace_id"]) for parent in told["parents"]] == [("original", pair["original"])]
    children = explain.trace(lake, pair["original"])["children"]
    assert {"trace_id": pair["trace_id"], "kind": "rewrite", "strategy": "rewrite"} in children


def test_a_rewriting_is_judged_like_its_original_and_must_give_its_answer(done):
    for pair in done.lake.sql(PAIRS).to_dicts():
        outcomes, reasons = pair["outcomes"], pair["reasons"]
        assert set(outcomes) == {"answer", "format", "duplicates", "same_answer"}
        assert pair["accepted"] == (fate(pair["original"]) == "tidied")
        if fate(pair["original"]) == "changed":
            assert (reasons["answer"], reasons["same_answer"]) == ("wrong_value", "answer_changed")
        if fate(pair["original"]) == "lost":
            assert reasons["format"] == "think_tags"


def test_nobody_else_is_asked_whether_the_answer_is_the_same(done):
    lake = done.lake
    asked = lake.sql("SELECT DISTINCT kind FROM verdicts JOIN traces USING (trace_id) WHERE check_name = 'same_answer'")
    assert asked["kind"].to_list() == ["rewrite"]


def test_a_release_has_the_rewriting_in_its_originals_place_under_the_problems_prompt(done):
    rows = {row["trace_id"]: row for row in released(done)}
    prompts = dict(done.lake.sql("SELECT problem_id, prompt FROM problems").rows())
    left_out = dict(done.lake.sql("SELECT trace_id, reason FROM selections WHERE NOT kept").rows())
    for pair in done.lake.sql(PAIRS).to_dicts():
        assert (pair["trace_id"] in rows) == (fate(pair["original"]) == "tidied") != (pair["original"] in rows)
        if pair["trace_id"] in rows:
            question, answer = rows[pair["trace_id"]]["messages"]
            assert question == {"role": "user", "content": prompts[pair["problem_id"]]}
            assert answer == {"role": "assistant", "content": pair["completion"]}
            assert left_out[pair["original"]] == "its rewriting takes its place"


@pytest.mark.slow
def test_a_release_without_rewritings_or_their_writer_keeps_the_originals(rewriting, turn):
    kinds, models = {**RELEASE, "kinds": ["sample"]}, {**RELEASE, "models": ["hasty", "search"]}
    for stage in (kinds, models):
        run = turn(rewriting(*SAMPLES, VERIFY, REWRITE, stage))
        assert {row["kind"] for row in released(run)} == {"sample"}
        accepted = run.lake.sql("SELECT trace_id FROM marks WHERE kind = 'sample' AND accepted")["trace_id"]
        assert {row["trace_id"] for row in released(run)} == set(accepted)


def test_the_shortest_of_a_problem_is_a_sample_or_a_rewriting_and_never_both(rewriting, turn):
    run = turn(rewriting(*SAMPLES, VERIFY, REWRITE, {"do": "release", "select": "shortest"}))
    assert len(rows := released(run)) == len({row["problem_id"] for row in rows}) == 12


def test_a_rewriting_is_no_sample_of_its_problem(rewriting, turn):
    run = turn(rewriting(*SAMPLES, VERIFY, REWRITE, {"do": "journey"}))
    assert run.lake.sql("SELECT DISTINCT model FROM pass_rates ORDER BY 1")["model"].to_list() == ["hasty", "search"]
    parents = run.lake.sql(
        """SELECT DISTINCT p.kind FROM (SELECT unnest(parents) AS trace_id FROM traces WHERE kind = 'journey')
        JOIN traces p USING (trace_id)"""
    )
    assert parents["kind"].to_list() == ["sample"]


@pytest.mark.slow
def test_running_again_adds_nothing_and_more_samples_only_their_rewritings(rewriting, turn):
    run = turn(rewriting())
    before = run.lake.versions()
    again = Run(rewriting(), Lake(run.lake.path), Progress(quiet=True))
    assert next_stage(again) is None
    assert again.lake.versions() == before
    old = run.lake.sql("SELECT trace_id, created_at FROM traces WHERE kind = 'rewrite'")
    more = [{**SAMPLES[0], "n": 6}, SAMPLES[1]]
    lake = turn(rewriting(*more, VERIFY, REWRITE, RELEASE)).lake
    new = lake.sql("SELECT trace_id, created_at FROM traces WHERE kind = 'rewrite'")
    assert old.join(new, on=["trace_id", "created_at"]).height == old.height < new.height
    assert new["trace_id"].n_unique() == new.height
    accepted = "SELECT count(*) AS n FROM marks WHERE kind = 'sample' AND accepted"
    assert lake.sql(accepted)["n"].item() == new.height


def test_it_waits_for_every_verdict_even_before_the_verify_stage(rewriting, turn, done):
    early = turn(rewriting(*SAMPLES, REWRITE, VERIFY, RELEASE)).lake
    wanted = "SELECT trace_id, accepted FROM marks WHERE kind = 'rewrite' ORDER BY 1"
    assert early.sql(wanted).equals(done.lake.sql(wanted))


def test_what_a_stopped_run_had_rewritten_is_not_asked_for_again(rewriting, turn, monkeypatch, done):
    asked = []

    def counted(self, name, complete=Run.complete):
        def dying(requests):
            for completion in complete(self, name)(requests):
                if name == "editor":
                    if len(asked) == 6:
                        raise KeyboardInterrupt
                    asked.append(completion.request.trace_id)
                yield completion

        return dying

    with monkeypatch.context() as patched:
        patched.setattr(Run, "complete", counted)
        with pytest.raises(KeyboardInterrupt):
            turn(rewriting())
        asked.append("once more from here")
        lake = turn(rewriting()).lake
    assert len(asked) == len(set(asked)) == 1 + lake.sql("FROM traces WHERE kind = 'rewrite'").height
    assert lake.sql(PAIRS).height == done.lake.sql(PAIRS).height


def test_a_rewriting_that_gives_another_of_the_right_answers_is_refused(rewriting, turn, tmp_path):
    (tmp_path / "sums.jsonl").write_text("\n".join(
        json.dumps({"prompt": f"How many are {n}?", "answers": ["two", "two1"]}) for n in range(20)))  # fmt: skip
    (tmp_path / "writer.py").write_text(
        "from warehouse.records import Completion\n\n\ndef writer(teacher):\n"
        "    return lambda requests: (\n"
        "        Completion(one, '<think>\\nhm\\n</think>\\n\\ntwo', 'stop', 1, 1, 0.1, 'test') for one in requests)\n"
    )
    recipe = rewriting()
    models = {name: model.model_dump() for name, model in recipe.models.items()}
    models["writer"] = models["editor"] | {"backend": "writer.py:writer"}
    sampled = {"do": "generate", "model": "writer", "n": 1}
    problems = [{"source": "file", "path": "sums.jsonl", "verifier": "text"}]
    for checks in (["answer", "format"], ["format"]):
        stages = [sampled, {"do": "verify", "checks": checks}, REWRITE]
        lake = turn(rewriting(*stages, models=models, problems=problems), tmp_path / checks[0]).lake
        changed = [pair for pair in lake.sql(PAIRS).to_dicts() if fate(pair["original"]) == "changed"]
        assert changed
        for pair in changed:
            assert pair["outcomes"] == {**dict.fromkeys(checks, "pass"), "same_answer": "fail"}
            assert not pair["accepted"]
        # Nor is it taken by a recipe that rewrites nothing.
        run = turn(rewriting(*stages[:2], RELEASE, models=models, problems=problems), tmp_path / checks[0])
        rows = released(run)
        assert {row["kind"] for row in rows} == {"rewrite", "sample"}
        assert not {pair["trace_id"] for pair in changed} & {row["trace_id"] for row in rows}


def test_a_real_model_rewrites_and_what_it_makes_a_mess_of_stays_as_it_was(rewriting, turn, tmp_path):
    (tmp_path / "short.toml").write_text('user = "{prompt}\\n{completion}"')
    models = {name: model.model_dump() for name, model in rewriting().models.items()}
    models["editor"]["backend"] = "transformers"
    stage = {**REWRITE, "style": "short.toml", "max_tokens": 4, "tolerate": 1.0}
    run = turn(rewriting(*SAMPLES, VERIFY, stage, RELEASE, models=models))
    pairs = run.lake.sql(PAIRS)
    assert pairs.height + shortfall.of_run(run).total() == len(released(run))
    assert pairs.height > 0
    assert not pairs["accepted"].any()
    assert {row["kind"] for row in released(run)} == {"sample"}


def test_a_plan_counts_the_rewritings_of_what_is_there(rewriting, turn, tmp_path):
    lake = tmp_path / "lake"
    told = {"stage": "rewrite", "what": "editor, reformat, up to 512 tokens each", "at most": None}
    assert plan_of(rewriting(), lake)[4] == told | {"to do": None}
    run = turn(rewriting(*SAMPLES, VERIFY))
    accepted = run.lake.sql("SELECT count(*) AS n FROM marks WHERE accepted")["n"].item()
    expected = {"tokens": 512.0 * accepted, "device hours": None, "cost": None, "basis": "at most"}
    assert plan_of(rewriting(), lake)[4] == told | {"to do": accepted} | expected
    turn(rewriting())
    assert plan_of(rewriting(), lake)[4] == told | {"to do": 0}


def test_what_cannot_be_rewritten_is_refused_before_anything_runs(rewriting, turn):
    with pytest.raises(RecipeError, match="'search' is a solver, which reads no prompt"):
        rewriting({**REWRITE, "model": "search"})
    with pytest.raises(RecipeError, match="a rewriting is not rewritten"):
        rewriting({**REWRITE, "kinds": ["sample", "rewrite"]})
    with pytest.raises(BadInput, match=r"stages\[0\].style: .*plain\.toml: user must hold \{completion\}"):
        turn(rewriting({**REWRITE, "style": "plain"}))
    with pytest.raises(BadInput, match=r"stages\[0\].style: .*reformat\.toml: user holds \{completion\}"):
        turn(rewriting({**SAMPLES[0], "style": "reformat"}))


def test_a_release_may_ask_its_rows_anew_without_the_examples_of_their_writer(rewriting, turn):
    few_shot = [{**stage, "style": "few-shot"} for stage in SAMPLES]
    for style, shown in ((None, True), ("plain", False), ("boxed", False)):
        stage = {**RELEASE, "style": style} if style else RELEASE
        run = turn(rewriting(*few_shot, VERIFY, REWRITE, stage))
        prompts = dict(run.lake.sql("SELECT problem_id, prompt FROM problems").rows())
        for row in (rows := released(run)):
            asked, answer = (message["content"] for message in row["messages"])
            assert ("A number is doubled" in asked) == shown
            assert prompts[row["problem_id"]] in asked
            assert (asked == prompts[row["problem_id"]]) == (style == "plain")
            assert "Solution:" not in answer
        assert {row["kind"] for row in rows} == {"sample", "rewrite"}
    assert len(list((run.lake.path / "releases").iterdir())) == 3
