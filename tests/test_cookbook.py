"""The cookbook's queries run, and answer what the page says."""

import pytest
from cookbook import PAGE, lake, queries, table

QUERIES = queries(PAGE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    return lake(tmp_path_factory.mktemp("cookbook") / "lake")


def test_the_page_has_its_queries():
    assert len(QUERIES) >= 20
    assert len({query.title for query in QUERIES}) == len(QUERIES)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.title)
def test_the_answer_is_the_pages(query, asked):
    assert table(asked.sql(query.sql)) == query.answer
