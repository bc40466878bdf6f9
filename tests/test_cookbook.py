"""The cookbook's queries run and answer what the page says, and what was planted in its lake is found and left out."""

import polars as pl
import pytest
from cookbook import PAGE, lake, policies, queries, run, table

TEXT = PAGE.read_text(encoding="utf-8")
QUERIES = queries(TEXT)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return lake(tmp_path_factory.mktemp("cookbook") / "lake")


@pytest.fixture(scope="module")
def planted(built):
    return pl.read_parquet(built.planted)


def test_the_page_has_its_queries():
    assert len(QUERIES) >= 20
    assert len({query.title for query in QUERIES}) == len(QUERIES)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.title)
def test_the_answer_is_the_pages(query, built):
    assert table(built.lake.sql(query.sql)) == query.answer


def test_pairs_that_were_planted_are_found_with_their_similarity_and_no_others(built, planted):
    # A journey may well resemble the right path that it ends with.
    found = built.lake.sql(
        "SELECT id, against, score FROM resembles WHERE NOT list_contains([kind, against_kind], 'journey')"
    )
    known = {frozenset(row[:2]): row[2] for row in found.rows()}
    told = {
        frozenset(row[:2]): row[2]
        for row in planted.filter(pl.col("kind").str.starts_with("near"))
        .select("subject", "against", "similarity")
        .rows()
    }
    assert known.keys() <= told.keys()
    assert all(known[pair] == pytest.approx(told[pair], abs=0.01) for pair in known)
    assert [degree for pair, degree in told.items() if degree > 0.82 and pair not in known] == []


def test_of_a_planted_pair_one_is_released_at_most(built, planted):
    kept = set(built.lake.sql("SELECT trace_id FROM selections WHERE kept")["trace_id"])
    pairs = planted.filter(kind="near_completion").filter(pl.col("similarity") > 0.82)
    assert [row for row in pairs.select("subject", "against").rows() if kept >= set(row)] == []


def test_the_policy_that_the_page_shows_releases_problems_on_the_edge(built, tmp_path):
    (policy,) = policies(TEXT)
    file = tmp_path / "edge.sql"
    file.write_text(policy)
    made = run(built, f'release.select=["{file}", "unique"]', 'release.name="edge"')
    (kept,) = built.lake.sql(
        """SELECT count(*) AS traces, count(DISTINCT problem_id) AS problems, bool_and(accepted) AS accepted
        FROM selections JOIN marks USING (trace_id) WHERE release_id = $release AND kept""",
        release=made.releases["edge"].release_id,
    ).rows()
    assert kept[0] == kept[1] > 0
    assert kept[2]


def test_planted_leaks_are_found_and_decoys_are_not_and_none_is_released(built, planted):
    found = set(built.lake.sql("SELECT problem_id, item FROM contamination").rows())
    assert found == set(planted.filter(kind="leak").select("subject", "against").rows())
    released = built.lake.sql("SELECT DISTINCT problem_id FROM selections JOIN marks USING (trace_id) WHERE kept")
    assert not set(released["problem_id"]) & {problem for problem, _ in found}
