"""Knowledge: where no rule decides, a model's votes do; they are traces, and the release has its quotas."""

import json
from functools import partial

import polars as pl
import pytest
from small import equations

from flows.mill import grind, next_stage
from flows.planning import plan_of, status_of
from flows.progress import Progress
from flows.recipe.file import check
from flows.run import Run
from flows.shortfall import of_run
from flows.stages.evaluate import results
from flows.stages.rounds import told
from warehouse.errors import BadInput, RecipeError
from warehouse.lake import Lake

# A judge that wants the word it is told to want, and whose tongue slips, or fails it, where its options say so.
CRITIC = """
from warehouse.records import Completion, Failure


def writer(teacher):
    return lambda requests: (Completion(request, "the", "stop", 1, 1, 0.1, "test") for request in requests)


def critic(teacher):
    options = {"likes": "the", "mumbles": [], "fails": []} | teacher.options

    def complete(requests):
        for request in requests:
            if request.sample_index in options["fails"]:
                yield Failure(request, options.get("reason", "timeout"), "nothing was heard")
                continue
            if options.get("cut"):
                yield Completion(request, "Let me\\npass", "length", 10, 5, 0.1, "test")
                continue
            answer = request.messages[-1][1].rpartition("Answer: ")[2]
            good = options["likes"] in answer.lower().split()
            if "leans" in options:  # to what stands first, whatever it is
                good = (request.messages[-1][1].startswith("Answer: ")) == options["leans"]
            word = "pass" if good else "fail"
            said = "I cannot say." if request.sample_index in options["mumbles"] else f"Read it.\\n\\nVerdict: {word}"
            yield Completion(request, said, "stop", 10, 5, 0.1, "test")

    return complete
"""
WRITE = {"do": "generate", "model": "primer", "domains": ["writing"], "kind": "knowledge", "n": 3, "shard": 4}
JUDGE = {"do": "judge", "model": "critic", "style": "judge-brief", "shard": 5}
VERIFY = {"do": "verify", "checks": ["answer", "format", "duplicates"]}
RELEASE = {"do": "release", "select": "accepted", "configs": ["default"]}


def recipe_in(folder, weights, *stages, options=None, **changes):
    """A recipe whose judge goes by the name of a model's weights that it has no use for."""
    (folder / "critic.py").write_text(CRITIC)
    tables = {
        "name": "knowledge",
        "folder": str(folder),
        "models": {name: {"backend": "solver", "path": name} for name in ("primer", "search")}
        | {"writer": {"backend": "critic.py:writer", "path": str(weights)}}
        | {"critic": {"backend": "critic.py:critic", "path": str(weights), "options": options or {}}},
        "problems": [{"source": "primer/writing", "count": 8}],
        "stages": list(stages) or [WRITE, VERIFY, JUDGE, RELEASE],
    }
    return check(tables | changes, "knowledge.toml")


@pytest.fixture
def knowledge(tmp_path, tiny_model):
    return partial(recipe_in, tmp_path, tiny_model)


@pytest.fixture(scope="module")
def done(tmp_path_factory, tiny_model):
    """A finished run of the recipe, to be looked at and left as it is."""
    folder = tmp_path_factory.mktemp("done")
    run = Run(recipe_in(folder, tiny_model), Lake(folder / "lake", create=True), Progress(quiet=True))
    run.examine()
    grind(run)
    return run


def rows_of(run):
    (made,) = run.releases.values()
    return pl.read_parquet(made.folder(run.lake) / "default" / "*.parquet")


def test_each_vote_is_a_trace_and_a_child_of_what_it_is_about(done):
    votes = done.lake.sql(
        """SELECT j.kind, j.model, j.parents, t.kind AS of_kind, t.completion, j.messages, m.accepted, m.outcomes
        FROM traces j JOIN traces t ON j.parents = [t.trace_id] JOIN marks m ON m.trace_id = j.trace_id
        WHERE j.strategy = 'judgement'"""
    )
    assert votes["kind"].unique().to_list() == ["judgement"]
    assert votes["of_kind"].unique().to_list() == ["knowledge"]
    for row in votes.iter_rows(named=True):
        answer = row["completion"].rpartition("</think>")[2].strip()
        assert row["messages"][-1]["content"].endswith(f"Answer: {answer}")  # and nothing of the thinking
        assert row["outcomes"] is None  # nobody judges a judgement
        assert not row["accepted"]


def test_most_votes_decide_what_is_right_and_what_is_released(done):
    marks = done.lake.sql(
        """SELECT m.correct, m.accepted, m.outcomes['judged'] AS judged, m.outcomes['answer'] AS answer,
            contains(lower(response(t.completion)), 'the ') AS liked
        FROM marks m JOIN traces t USING (trace_id) WHERE m.kind = 'knowledge' AND m.outcomes['duplicates'] = 'pass'"""
    )
    assert marks.height > 8
    assert marks["answer"].to_list() == [None] * marks.height  # no rule was asked
    assert marks["judged"].to_list() == ["pass" if liked else "fail" for liked in marks["liked"]]
    assert marks["correct"].to_list() == marks["accepted"].to_list() == marks["liked"].to_list()
    assert 0 < rows_of(done).height == marks["accepted"].sum()
    assert set(rows_of(done)["kind"]) == {"knowledge"}


def test_what_another_check_refused_is_not_put_before_the_judge(done):
    refused = done.lake.sql("SELECT trace_id FROM marks WHERE outcomes['duplicates'] = 'fail'")["trace_id"]
    judged = done.lake.sql("SELECT DISTINCT parents[1] AS t FROM traces WHERE kind = 'judgement'")["t"]
    assert len(refused) > 0
    assert not set(refused) & set(judged)


def test_a_second_run_finds_nothing_to_do(done):
    again = Run(done.recipe, done.lake, Progress(quiet=True))
    assert next_stage(again) is None
    assert next(row for row in plan_of(done.recipe, done.lake.path) if row["stage"] == "judge")["to do"] == 0


def test_status_tells_what_of_the_traces_was_accepted_and_not_of_the_votes(done):
    accepted, traces = done.lake.sql(
        "SELECT count(*) FILTER (accepted), count(*) FROM marks WHERE kind <> 'judgement'"
    ).row(0)
    (told,) = (row["value"] for row in status_of(done.lake) if row["what"] == "accepted")
    assert told == f"{accepted / traces:.1%} of {traces} traces"


def test_a_plan_knows_all_votes_and_what_votes_take(knowledge, turn):
    problems = [{"source": "primer/writing", "count": 12}, {"source": "primer/writing", "split": "test", "count": 4}]
    examine = {"do": "evaluate", "models": ["primer"], "n": 2, "ks": [2]}
    run = turn(knowledge(WRITE, VERIFY, JUDGE, examine, problems=problems))
    votes = run.lake.sql("SELECT count(*) FROM traces WHERE kind = 'judgement'").item()
    three = knowledge(WRITE, VERIFY, JUDGE | {"n": 3}, examine, problems=problems)
    row = next(row for row in plan_of(three, run.lake.path) if row["stage"] == "judge")
    assert (row["to do"], row["tokens"], row["basis"]) == (2 * votes, 2 * votes * 5, f"as {votes} traces so far")


def test_more_votes_are_asked_for_without_the_old_ones_and_decide_anew(knowledge, turn):
    one = turn(knowledge())
    first = set(one.lake.sql("SELECT trace_id FROM traces WHERE kind = 'judgement'")["trace_id"])
    three = turn(knowledge(WRITE, VERIFY, JUDGE | {"n": 3}, RELEASE, options={"mumbles": [2]}))
    votes = three.lake.sql("SELECT trace_id, run_id FROM traces WHERE kind = 'judgement'")
    assert first < set(votes["trace_id"])
    assert votes.height == 3 * len(first)
    assert set(votes.filter(run_id=one.run_id)["trace_id"]) == first
    verdicts = three.lake.sql("SELECT run_id, detail, outcome FROM verdicts WHERE check_name = 'judged'")
    verdicts = verdicts.filter(run_id=three.run_id).drop("run_id")
    assert verdicts.height == len(first)
    for detail, outcome in verdicts.rows():
        counts = json.loads(detail)
        assert counts == {"passes": 2 * (outcome == "pass"), "fails": 2 * (outcome == "fail"), "unclear": 1}


def test_a_judge_that_says_nothing_clear_decides_nothing_and_nothing_is_taught(knowledge, turn):
    run = turn(knowledge(WRITE, VERIFY, JUDGE, options={"mumbles": [0]}))
    judged = run.lake.sql("SELECT outcome, reason FROM verdicts WHERE check_name = 'judged'").unique()
    assert judged.rows() == [("undecided", "no_majority")]
    assert not run.lake.sql("SELECT accepted FROM marks")["accepted"].any()


def test_a_vote_that_failed_is_asked_for_again_and_decides_then(knowledge, turn):
    failing = knowledge(WRITE, VERIFY, JUDGE | {"n": 3, "tolerate": 1}, options={"fails": [1]})
    run = turn(failing)
    assert of_run(run)["timeout"] > 0
    assert run.lake.sql("SELECT 1 FROM verdicts WHERE check_name = 'judged'").is_empty()
    mended = turn(knowledge(WRITE, VERIFY, JUDGE | {"n": 3, "tolerate": 1}))
    assert not of_run(mended)
    assert mended.lake.sql("SELECT outcome FROM verdicts WHERE check_name = 'judged'").height > 0
    twice = mended.lake.sql("SELECT 1 FROM traces WHERE kind = 'judgement' GROUP BY trace_id HAVING count(*) > 1")
    assert twice.is_empty()


def test_votes_that_failed_while_sampling_in_rounds_are_missed_there_too(knowledge, turn):
    rounds = WRITE | {"n": 2, "accept": 1, "tolerate": 1}
    failing = knowledge(rounds, VERIFY, JUDGE | {"tolerate": 1}, options={"fails": [0]})
    run = turn(failing, until="generate")
    assert of_run(run, "generate") == of_run(run) != {}


def test_no_sample_is_asked_in_the_place_of_one_that_still_waits_for_its_vote(knowledge, turn):
    stages = WRITE | {"n": 12, "accept": 2, "tolerate": 1}, VERIFY, JUDGE | {"tolerate": 1}
    run = turn(knowledge(*stages, options={"fails": [0]}))
    # What says the same as another is put before no judge, so that one more is asked.
    asked = "SELECT count(*), count(*) FILTER (outcomes['duplicates'] = 'pass') FROM marks WHERE kind = 'knowledge'"
    before, waiting = run.lake.sql(asked).row(0)
    assert waiting == 8 * 2
    assert f"{waiting} of them wait for the judge" in told(run, run.recipe.stages[0])
    mended = turn(knowledge(*stages))
    assert "8 of 8 problems have 2 accepted; 0 have" in told(mended, run.recipe.stages[0])
    assert mended.lake.sql(asked).row(0)[0] == before


def test_a_vote_that_can_never_come_does_not_hold_up_the_others(knowledge, turn):
    lasting = {"fails": [1], "reason": "refused"}
    run = turn(knowledge(WRITE, VERIFY, JUDGE | {"n": 3, "tolerate": 1}, options=lasting))
    outcomes = run.lake.sql("SELECT DISTINCT outcome FROM verdicts WHERE check_name = 'judged'")["outcome"]
    assert set(outcomes) <= {"pass", "fail"}
    assert len(outcomes) > 0


def test_a_judge_that_can_never_be_heard_decides_nothing(knowledge, turn):
    lasting = {"fails": [0, 1], "reason": "refused"}
    run = turn(knowledge(WRITE, VERIFY, JUDGE | {"n": 2, "tolerate": 1}, options=lasting))
    judged = run.lake.sql("SELECT DISTINCT outcome, reason FROM verdicts WHERE check_name = 'judged'")
    assert judged.rows() == [("undecided", "not_judged")]
    assert not run.lake.sql("SELECT accepted FROM marks")["accepted"].any()


def test_a_vote_that_was_cut_is_none_whatever_word_it_ends_in(knowledge, turn):
    run = turn(knowledge(WRITE, VERIFY, JUDGE, options={"cut": True}))
    judged = run.lake.sql("SELECT DISTINCT outcome, reason FROM verdicts WHERE check_name = 'judged'")
    assert judged.rows() == [("undecided", "no_majority")]


SWAPPING = """
user = "Request: {prompt}\\n\\nAnswer: {response}"
swapped = "Answer: {response}\\n\\nRequest: {prompt}"
"""


def test_every_other_vote_is_asked_in_the_other_order(knowledge, turn, tmp_path):
    (tmp_path / "mine.toml").write_text(SWAPPING)
    run = turn(knowledge(WRITE | {"n": 1}, VERIFY, JUDGE | {"n": 4, "style": "mine.toml"}))
    asked = run.lake.sql(
        """SELECT parents[1] AS subject, list(messages[1].content[:7] ORDER BY sample_index) AS begins
        FROM traces WHERE kind = 'judgement' GROUP BY ALL"""
    )
    assert asked.height == 8
    assert asked["begins"].to_list() == [["Request", "Answer:"] * 2] * 8
    assert next_stage(Run(run.recipe, run.lake, Progress(quiet=True))) is None


@pytest.mark.parametrize("leans", [True, False])
def test_a_judge_that_goes_by_the_order_decides_nothing(knowledge, turn, tmp_path, leans):
    (tmp_path / "mine.toml").write_text(SWAPPING)
    judge = JUDGE | {"n": 2, "style": "mine.toml"}
    run = turn(knowledge(WRITE | {"n": 1}, VERIFY, judge, options={"leans": leans}))
    (judged,) = run.lake.sql(
        "SELECT DISTINCT outcome, reason, detail FROM verdicts WHERE check_name = 'judged'"
    ).to_dicts()
    assert (judged["outcome"], judged["reason"]) == ("undecided", "order_dependent")
    assert json.loads(judged["detail"])["swapped"]["passes"] == leans
    assert not run.lake.sql("SELECT accepted FROM marks")["accepted"].any()


@pytest.mark.slow
def test_a_style_that_gets_another_order_asks_only_the_votes_anew_that_have_it(knowledge, turn, tmp_path):
    judge = JUDGE | {"n": 2, "style": "mine.toml"}
    (tmp_path / "mine.toml").write_text(SWAPPING.strip().splitlines()[0])
    before = turn(knowledge(WRITE | {"n": 1}, VERIFY, judge))
    (tmp_path / "mine.toml").write_text(SWAPPING)
    after = turn(knowledge(WRITE | {"n": 1}, VERIFY, judge))
    asked = (
        "SELECT sample_index, count(*) FROM traces WHERE kind = 'judgement' AND run_id = $run GROUP BY ALL ORDER BY 1"
    )
    assert before.lake.sql(asked, run=before.run_id).rows() == [(0, 8), (1, 8)]
    assert after.lake.sql(asked, run=after.run_id).rows() == [(1, 8)]
    judged = after.lake.sql("SELECT DISTINCT run_id FROM verdicts WHERE check_name = 'judged'")
    assert set(judged["run_id"]) == {before.run_id, after.run_id}


def test_in_rounds_a_problem_is_sampled_until_the_judge_has_taken_enough(knowledge, turn):
    rounds = WRITE | {"n": 12, "accept": 1}
    run = turn(knowledge(rounds, VERIFY, JUDGE))
    per_problem = run.lake.sql(
        """SELECT count(*) AS samples, count(*) FILTER (accepted) AS accepted FROM marks
        WHERE kind = 'knowledge' GROUP BY problem_id"""
    )
    assert (per_problem["accepted"] >= 1).all() or (per_problem.filter(accepted=0)["samples"] == 12).all()
    assert per_problem["accepted"].sum() >= 6
    assert per_problem["samples"].sum() < 8 * 12
    assert next_stage(Run(run.recipe, run.lake, Progress(quiet=True))) is None


def test_other_references_are_another_question(knowledge, turn, tmp_path):
    def asked_with(answer):
        (tmp_path / "asked.jsonl").write_text(
            json.dumps({"prompt": "Write a word.", "answers": answer, "verifier": "judge", "domain": "writing"}) + "\n"
        )
        (tmp_path / "with.toml").write_text('user = "{prompt} {references} Answer: {response}"\n')
        problems = [{"source": "file", "path": "asked.jsonl"}]
        write, judge = WRITE | {"model": "writer", "n": 1}, JUDGE | {"style": "with.toml"}
        return knowledge(write, VERIFY, judge, problems=problems)

    turn(asked_with("the"))
    run = turn(asked_with(["the", "a"]))
    votes = run.lake.sql("SELECT messages[1].content AS asked FROM traces WHERE kind = 'judgement' ORDER BY created_at")
    assert votes["asked"].to_list() == [
        "Write a word. - the Answer: the",
        "Write a word. - the\n- a Answer: the",
    ]
    assert run.lake.sql("SELECT accepted FROM marks WHERE kind = 'knowledge'")["accepted"].to_list() == [True]


def test_without_a_judge_what_no_rule_decides_is_never_accepted(knowledge, turn):
    run = turn(knowledge(WRITE, VERIFY))
    assert not run.lake.sql("SELECT accepted FROM marks")["accepted"].any()
    with pytest.raises(RecipeError, match=r"problems\[0\]\.verifier is judge, but there is none"):
        knowledge(WRITE, VERIFY, problems=[{"source": "primer/writing", "verifier": "judge"}])
    with pytest.raises(RecipeError, match=r"stages\[1\] \(verify\): judged is what a judge says"):
        knowledge(WRITE, VERIFY | {"checks": ["judged"]})


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([JUDGE | {"model": "primer"}], r"'primer' is a solver, which reads no prompt"),
        ([JUDGE, JUDGE | {"n": 2}], r"one judge stage is enough"),
        ([JUDGE | {"model": "nobody"}], r"no model named 'nobody'"),
        ([JUDGE | {"kinds": ["judgement"]}], r"kinds\[0\]: input should be 'sample', .*; found 'judgement'"),
    ],
)
def test_a_judge_that_cannot_judge_is_refused(knowledge, stages, message):
    with pytest.raises(RecipeError, match=message):
        knowledge(*stages)


MIXED = [{"source": "primer/facts", "count": 12}, {"source": "primer/writing", "count": 6}, equations(10)]
MIX = [
    {"do": "generate", "model": "search", "domains": ["puzzle"], "n": 2},
    {"do": "generate", "model": "primer", "domains": ["facts", "writing"], "kind": "knowledge", "n": 2},
    {"do": "verify", "checks": ["answer", "format"]},
    JUDGE,
]


def test_a_stage_asks_only_the_domains_it_names_and_a_release_keeps_its_quotas(knowledge, turn):
    quotas = {"puzzle": 6, "facts": 3, "writing": 1000}
    run = turn(knowledge(*MIX, RELEASE | {"quotas": {"domain": quotas}}, problems=MIXED))
    who = run.lake.sql("SELECT DISTINCT model, kind, domain FROM marks WHERE kind <> 'judgement' ORDER BY ALL").rows()
    assert who == [("primer", "knowledge", "facts"), ("primer", "knowledge", "writing"), ("search", "sample", "puzzle")]
    accepted = dict(run.lake.sql("SELECT domain, count(*) FROM marks WHERE accepted GROUP BY 1").rows())
    rows = dict(rows_of(run).group_by("domain").len().rows())
    assert rows == {"puzzle": 6, "facts": 3, "writing": accepted["writing"]}
    (made,) = run.releases.values()
    assert made.short == {"domain": {"writing": 1000 - accepted["writing"]}}
    reasons = dict(run.lake.sql("SELECT reason, count(*) FROM selections WHERE NOT kept GROUP BY 1").rows())
    assert reasons["over the quota of domain puzzle"] == accepted["puzzle"] - 6
    assert reasons["over the quota of domain facts"] == accepted["facts"] - 3


def test_what_was_chosen_and_is_over_a_quota_is_told_so_whatever_a_check_said(knowledge, turn):
    refused = VERIFY | {"checks": ["length"], "settings": {"length": {"at_least": 1000}}}
    run = turn(knowledge(WRITE, refused, RELEASE | {"select": "all", "quotas": {"domain": {"writing": 2}}}))
    reasons = run.lake.sql("SELECT DISTINCT reason FROM selections WHERE NOT kept")["reason"].to_list()
    assert reasons == ["over the quota of domain writing"]


@pytest.mark.parametrize(
    "stage", [WRITE | {"domains": ["writting"]}, RELEASE | {"quotas": {"domain": {"writting": 3}}}]
)
def test_a_domain_that_no_problem_has_is_refused_with_those_there_are(knowledge, turn, stage):
    with pytest.raises(BadInput, match=r"stages\[1\].*no problem has the domain writting; expected writing "):
        turn(knowledge(VERIFY, stage))


@pytest.mark.slow
def test_what_a_quota_keeps_hangs_on_the_seed_and_on_nothing_else(knowledge, turn):
    def kept(seed, facts):
        run = turn(knowledge(*MIX, RELEASE | {"quotas": {"domain": {"facts": facts}}, "seed": seed}, problems=MIXED))
        return [row["trace_id"] for row in rows_of(run).filter(domain="facts").to_dicts()]

    five = kept(1, 5)
    assert five == kept(1, 5)
    assert set(kept(1, 3)) < set(five)
    assert set(kept(2, 5)) != set(five)


def test_rewritings_of_what_was_judged_are_judged_before_the_release(knowledge, turn):
    write = WRITE | {"model": "writer", "n": 1}
    rewrite = {"do": "rewrite", "model": "writer", "kinds": ["knowledge"]}
    verify = {"do": "verify", "checks": ["length"]}
    run = turn(knowledge(write, verify, JUDGE, rewrite, RELEASE))
    rewritten = run.lake.sql("SELECT accepted, outcomes['judged'] AS judged FROM marks WHERE kind = 'rewrite'")
    assert rewritten.rows() == [(True, "pass")] * 8
    assert set(rows_of(run)["kind"]) == {"rewrite"}
    assert next_stage(Run(run.recipe, run.lake, Progress(quiet=True))) is None


def test_a_judge_marks_an_examination_as_well(knowledge, turn):
    problems = [{"source": "primer/writing", "count": 2}, {"source": "primer/writing", "split": "test", "count": 5}]
    examine = {"do": "evaluate", "models": ["primer"], "n": 2, "ks": [2]}
    recipe = knowledge(VERIFY, JUDGE | {"kinds": ["knowledge"]}, examine, problems=problems)
    run = turn(recipe)
    marks = run.lake.sql("SELECT correct FROM marks WHERE kind = 'sample' AND split = 'test'")["correct"]
    assert marks.null_count() == 0
    assert results(run, recipe.stages[-1])["primer"]["pass@1"].value == pytest.approx(marks.mean())
    assert results(run, recipe.stages[-1])["primer"]["maj@2"].value == pytest.approx(marks.mean())
    assert next_stage(Run(recipe, run.lake, Progress(quiet=True))) is None


def test_a_judge_marks_no_others_than_the_models_that_are_examined(knowledge, turn):
    problems = [{"source": "primer/writing", "count": 2}, {"source": "primer/writing", "split": "test", "count": 5}]
    both = [{"do": "evaluate", "models": [model], "n": 1, "ks": [1]} for model in ("primer", "writer")]
    turn(knowledge(VERIFY, *both, problems=problems))
    lake = turn(knowledge(VERIFY, JUDGE, both[0], problems=problems)).lake
    judged = lake.sql(
        """SELECT DISTINCT t.model FROM traces j JOIN traces t ON j.parents = [t.trace_id]
        WHERE j.kind = 'judgement'"""
    )
    assert judged["model"].to_list() == ["primer"]


def test_each_recipe_counts_what_its_own_judge_says(knowledge, turn):
    problems = [{"source": "primer/writing", "count": 2}, {"source": "primer/writing", "split": "test", "count": 5}]
    examine = {"do": "evaluate", "models": ["writer"], "n": 2, "ks": [2]}

    def score(**changes):
        recipe = knowledge(VERIFY, JUDGE | changes, examine, problems=problems, options={"mumbles": [1]})
        return results(turn(recipe), recipe.stages[-1])["writer"]

    assert score()["pass@1"].value == 1
    assert score(n=2) == {}  # one of two votes is no majority
    assert score()["pass@1"].value == 1
