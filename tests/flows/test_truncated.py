"""Answers that a token limit cut: continued or asked again when the limit is raised, and nothing else is touched."""

import pytest
from small import equations

from flows.recipe.file import check
from flows.stages import rounds
from warehouse.lake import Lake


@pytest.fixture
def limited(tiny_model):
    """A recipe whose model of random weights rambles on until its limit, nearly always."""

    def recipe(max_tokens, **stage):
        tables = {
            "name": "limited",
            "models": {"ada": {"path": str(tiny_model)}},
            "problems": [equations(6)],
            "stages": [
                {"do": "generate", "model": "ada", "n": 2, "max_tokens": max_tokens, **stage},
                {"do": "verify", "checks": ["answer", "format"]},
            ],
        }
        return check(tables, "limited.toml")

    return recipe


ROWS = """
SELECT t.trace_id, t.strategy, t.parents, t.completion, t.completion_tokens, t.finish_reason, t.created_at, m.superseded
FROM traces t JOIN marks m USING (trace_id) ORDER BY t.trace_id
"""


def test_a_higher_limit_alone_touches_nothing(limited, turn):
    before = turn(limited(8)).lake.sql(ROWS)
    assert turn(limited(16)).lake.sql(ROWS).equals(before)


def test_a_cut_answer_goes_on_where_it_stopped(limited, turn):
    before = {row["trace_id"]: row for row in turn(limited(8)).lake.sql(ROWS).to_dicts()}
    cut = {trace for trace, row in before.items() if row["finish_reason"] == "length"}
    assert cut
    rows = turn(limited(20, truncated="continue")).lake.sql(ROWS).to_dicts()
    children = [row for row in rows if row["strategy"] == "continue"]
    assert {child["parents"][0] for child in children} == cut
    for child in children:
        parent = before[child["parents"][0]]
        assert child["completion"].startswith(parent["completion"])
        assert 8 < child["completion_tokens"] <= 20
    for row in rows:
        if row["trace_id"] in before:
            assert row["created_at"] == before[row["trace_id"]]["created_at"]
            assert row["superseded"] == ("continue" if row["trace_id"] in cut else None)


def test_what_was_continued_is_continued_again_and_a_second_run_has_nothing_to_do(limited, turn):
    turn(limited(8))
    turn(limited(12, truncated="continue"))
    lake = turn(limited(16, truncated="continue")).lake
    children = lake.sql(f"SELECT parents[1] AS parent FROM ({ROWS}) WHERE strategy = 'continue'")["parent"]
    assert children.n_unique() == len(children)  # a line, not a tree
    assert lake.sql("SELECT max(completion_tokens) AS n FROM traces")["n"].item() == 16
    before = lake.sql(ROWS)
    assert turn(limited(16, truncated="continue")).lake.sql(ROWS).equals(before)


def test_a_cut_answer_can_be_asked_anew(limited, turn):
    turn(limited(8))
    rows = turn(limited(20, truncated="again")).lake.sql(ROWS).to_dicts()
    texts = {row["trace_id"]: row["completion"] for row in rows}
    children = [row for row in rows if row["strategy"] == "again"]
    assert children
    assert any(not row["completion"].startswith(texts[row["parents"][0]]) for row in children)


def test_who_took_anothers_place_is_counted_in_its_stead(limited, turn):
    turn(limited(8))
    lake = Lake(turn(limited(20, truncated="continue")).lake.path)
    assert lake.sql("SELECT sum(samples)::INT AS n FROM pass_rates")["n"].item() == 12
    spent = lake.sql("SELECT sum(completion_tokens)::INT AS n FROM marks WHERE superseded IS NULL")["n"].item()
    assert spent <= 12 * 20


def test_rounds_go_on_beside_it(limited, turn):
    turn(limited(8, accept=1))
    recipe = limited(20, accept=1, truncated="continue")
    run = turn(recipe)
    assert run.lake.sql("SELECT count(*) AS n FROM traces WHERE strategy = 'continue'")["n"].item() > 0
    assert "problems have 1 accepted" in rounds.told(run, recipe.stages[0])
