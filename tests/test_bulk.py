"""The bulk lake is what it says it is: sizes, compression, opinions, and what was planted."""

import json

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from bulk import build
from bulk.benchmark import BOILERPLATE
from bulk.opinions import questions
from bulk.prose import prose
from bulk.recipe import quotas
from bulk.similar import jaccard, resembling, shingles

from filters.verdicts import judge_with

TRACES = 2_000


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("bulk") / "lake", TRACES)


@pytest.fixture(scope="module")
def planted(built):
    return pl.read_parquet(built.planted)


def everything(lake):
    return {name: lake.sql(f"FROM {name} ORDER BY ALL") for name in ("problems", "answer_keys", "traces", "verdicts")}


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(tmp_path):
    one, again, other = (build(tmp_path / name, 1_000, seed) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    for name, rows in everything(one.lake).items():
        assert rows.equals(everything(again.lake)[name]), name
    assert one.planted.read_bytes() == again.planted.read_bytes()
    assert one.benchmark.read_bytes() == again.benchmark.read_bytes()
    assert not set(one.lake.sql("FROM traces")["trace_id"]) & set(other.lake.sql("FROM traces")["trace_id"])


def test_a_lake_that_is_there_is_taken_as_it_is_and_half_a_one_is_refused(built, tmp_path):
    before = built.lake.versions()
    assert build(built.lake.path, TRACES).lake.versions() == before
    half = build(tmp_path / "lake", 1_000)
    half.planted.unlink()
    with pytest.raises(ValueError, match="remove it"):
        build(half.lake.path, 1_000)


def test_every_problem_has_a_key_and_ten_traces(built):
    told = built.lake.sql(
        """SELECT count(*) AS problems, min(n) AS fewest, max(n) AS most FROM (
            SELECT problem_id, count(DISTINCT trace_id) AS n FROM problems JOIN current_keys USING (problem_id)
            JOIN traces USING (problem_id) GROUP BY ALL)"""
    )
    assert told.rows() == [(TRACES // 10, 10, 10)]


def test_completions_are_as_long_as_thoughts_are(built):
    ((mean, high),) = built.lake.sql(
        "SELECT avg(strlen(completion)), quantile_cont(strlen(completion), 0.99) FROM traces"
    ).rows()
    assert mean >= 8_000
    assert high >= 60_000


@pytest.mark.parametrize("language", ["en", "zh"])
def test_text_compresses_like_prose(language):
    text = "".join(prose(language).write(np.random.default_rng(0), np.full(200, 8_000)).to_pylist()).encode()
    for level in (3, 9):
        packed = pa.Codec("zstd", compression_level=level).compress(text)
        assert 2.5 < len(text) / len(packed) < 3.5


def test_texts_have_the_sizes_that_were_asked_for_and_begin_and_end_with_a_sentence():
    sizes = np.array([10, 500, 20_000])
    texts = prose("en").write(np.random.default_rng(0), sizes).to_pylist()
    assert [len(text) for text in texts[1:]] == pytest.approx(sizes[1:], rel=0.3)
    for text in texts:
        assert text.strip()[-1] in ".?:"
        assert text[0].isupper()


def test_a_release_of_three_to_one_is_there_for_each_domain(built):
    accepted = dict(
        built.lake.sql(
            "SELECT domain, count(*) FROM marks WHERE accepted AND kind IN ('sample', 'knowledge') GROUP BY ALL"
        ).rows()
    )
    wanted = quotas(TRACES)
    assert sum(wanted.values()) == 0.8 * TRACES
    assert sum(wanted[name] for name in ("math", "code", "puzzle", "science")) == 0.6 * TRACES
    assert {name: count for name, count in wanted.items() if accepted[name] < 0.95 * count} == {}


def test_the_real_checks_say_what_the_verdicts_say(built):
    rows = built.lake.sql(
        """SELECT t.*, p.language, k.key_id, k.answers, k.verifier, k.spec
        FROM traces t JOIN problems p USING (problem_id) JOIN current_keys k USING (problem_id)
        JOIN marks m USING (trace_id)
        WHERE len(m.faults) > 0 AND m.outcomes ['answer'] <> 'undecided' AND k.verifier <> 'code'
        UNION ALL FROM (
            SELECT t.*, p.language, k.key_id, k.answers, k.verifier, k.spec
            FROM traces t JOIN problems p USING (problem_id) JOIN current_keys k USING (problem_id)
            WHERE k.verifier <> 'code' ORDER BY t.trace_id LIMIT 60)"""
    ).unique("trace_id")
    asked = [one for name, one in questions().items() if name != "key"]
    judged = judge_with(asked, "again")(rows)
    columns = ["trace_id", "check_name", "version", "settings_hash", "key_id", "outcome", "reason"]
    stored = built.lake.sql(f"SELECT {', '.join(columns)} FROM latest_verdicts WHERE trace_id IS NOT NULL")
    wanted = stored.join(rows.select("trace_id"), on="trace_id").filter(
        ~((pl.col("check_name") == "answer") & (pl.col("outcome") == "undecided"))
    )
    found = judged.select(columns).join(wanted.select("trace_id", "check_name"), on=["trace_id", "check_name"])
    assert found.sort(columns).rows() == wanted.with_columns(pl.col("version").cast(pl.Int64)).sort(columns).rows()


def test_programs_are_right_by_the_tests_of_their_keys(built):
    (row,) = built.lake.sql(
        """SELECT completion, spec FROM traces t JOIN current_keys USING (problem_id)
        SEMI JOIN (FROM marks WHERE domain = 'code' AND accepted) USING (trace_id) ORDER BY trace_id LIMIT 1"""
    ).to_dicts()
    names = {}
    exec(row["completion"].rpartition("```python\n")[2].removesuffix("\n```"), names)
    for test in json.loads(row["spec"])["tests"]:
        assert names["f"](*test["input"]) == test["output"]


def test_planted_pairs_resemble_each_other_as_much_as_they_are_said_to(built, planted):
    texts = dict(built.lake.sql("SELECT trace_id, completion FROM traces").rows())
    texts |= dict(built.lake.sql("SELECT problem_id, prompt FROM problems").rows())
    pairs = planted.filter(pl.col("kind").str.starts_with("near"))
    for row in pairs.iter_rows(named=True):
        assert jaccard(texts[row["subject"]], texts[row["against"]]) == pytest.approx(row["similarity"])
    for kind in ("near_prompt", "near_completion"):
        degrees = pairs.filter(kind=kind)["similarity"]
        assert degrees.min() < 0.8 < degrees.max() == 1


def test_nothing_that_is_not_planted_resembles_anything(built, planted):
    told = {frozenset(pair) for pair in planted.select("subject", "against").rows()}
    prompts = built.lake.sql("SELECT problem_id, prompt FROM problems WHERE language = 'en'").rows()
    sets = [(name, shingles(prompt)) for name, prompt in prompts]
    for place, (name, one) in enumerate(sets):
        for other_name, other in sets[:place]:
            if frozenset((name, other_name)) not in told:
                assert len(one & other) < 0.3 * len(one | other)


def test_leaks_hold_a_question_of_the_benchmark_and_decoys_only_its_boilerplate(built, planted):
    items = {item["id"]: item["question"] for item in map(json.loads, built.benchmark.open())}
    prompts = dict(built.lake.sql("SELECT problem_id, prompt FROM problems").rows())
    ways = set()
    for row in planted.filter(pl.col("kind").is_in(["leak", "decoy"])).iter_rows(named=True):
        prompt, question = prompts[row["subject"]], items[row["against"]]
        ways.add(row["way"])
        if row["way"] in ("verbatim", "embedded", "short"):
            assert question in prompt
        elif row["way"] == "boilerplate":
            assert BOILERPLATE in prompt
            assert question.removesuffix(BOILERPLATE) not in prompt
        else:
            assert question not in prompt
    assert ways == {"verbatim", "embedded", "rewritten", "short", "latex", "paraphrased", "boilerplate"}
    assert len(items) > planted.filter(pl.col("kind").is_in(["leak", "decoy"])).height


def test_journeys_are_stitched_of_attempts_at_the_same_problem(built):
    told = built.lake.sql(
        """SELECT j.problem_id = w.problem_id AND j.problem_id = r.problem_id AS same, w.correct, r.correct
        FROM marks j JOIN marks w ON w.trace_id = j.parents [1] JOIN marks r ON r.trace_id = j.parents [2]
        WHERE j.kind = 'journey'"""
    )
    assert told.height > 0
    assert set(told.rows()) == {(True, False, True)}


def test_a_degree_of_resemblance_is_what_comes_out():
    text = prose("en").write(np.random.default_rng(0), np.array([20_000]))[0].as_py()
    for degree in (1.0, 0.9, 0.8, 0.5):
        assert jaccard(text, resembling(text, degree, np.random.default_rng(0))) == pytest.approx(degree, abs=0.02)
