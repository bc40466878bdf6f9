import pytest
from handmade import fill, problem, trace, verdict

from filters.selection import POLICIES, policy
from warehouse import release_plan
from warehouse.errors import BadInput


def chosen(lake, name, folder=None):
    sql = policy(name, folder)
    return sorted(release_plan.plan(lake, "demo", name, sql, ["p1", "p2", "p3"], ["sample", "journey"], 0).trace_ids)


def test_accepted_is_what_no_check_refused(lake):
    assert chosen(fill(lake), "accepted") == ["t1", "t6"]


def test_all_is_everything_right_or_wrong(lake):
    assert chosen(fill(lake), "all") == ["t1", "t2", "t3", "t4", "t5", "t6"]


def test_shortest_is_the_shortest_accepted_trace_of_each_problem_and_kind(lake):
    lake.commit("problems", [problem("p1"), problem("p2")])
    sizes = {"a": ("p1", 30), "b": ("p1", 10), "c": ("p1", 10), "d": ("p2", 50), "e": ("p1", 5)}
    lake.commit("traces", [trace(name, owner, completion_tokens=size) for name, (owner, size) in sizes.items()])
    lake.commit("verdicts", [verdict(name, "pass", problem=sizes[name][0]) for name in "abcd"])
    assert chosen(lake, "shortest") == ["b", "d"]


@pytest.mark.parametrize("ending", ["", "\n", ";", ";\n", " -- the journeys\n"])
def test_a_users_sql_file_is_a_policy_however_it_ends(lake, tmp_path, ending):
    (tmp_path / "own.sql").write_text("-- Mine.\nSELECT trace_id FROM candidates WHERE kind = 'journey'" + ending)
    assert chosen(fill(lake), "own.sql", tmp_path) == ["t6"]


@pytest.mark.parametrize("ending", [";\n", " -- the journeys"])
def test_a_policy_can_stand_within_a_larger_query(lake, tmp_path, ending):
    (tmp_path / "own.sql").write_text("SELECT trace_id FROM traces WHERE kind = 'journey'" + ending)
    assert fill(lake).sql(f"SELECT * FROM ({policy('own.sql', tmp_path)})").rows() == [("t6",)]


def test_a_users_policy_may_use_every_view_and_macro(lake, tmp_path):
    (tmp_path / "own.sql").write_text(
        "SELECT trace_id FROM candidates JOIN pass_rates USING (problem_id, model) JOIN traces t USING (trace_id)"
        " WHERE pass_rate < 1 AND response(t.completion) = '4'"
    )
    assert chosen(fill(lake), "own.sql", tmp_path) == ["t1", "t6"]


def test_an_unknown_policy_is_bad_input_that_names_the_known_ones():
    with pytest.raises(BadInput, match="no selection policy 'best'; expected one of accepted, all, shortest"):
        policy("best")


def test_a_policy_file_that_is_not_there_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match=r"no file 'own\.sql'"):
        policy("own.sql", tmp_path)


@pytest.mark.parametrize("name", sorted(file.stem for file in POLICIES.glob("*.sql")))
def test_every_shipped_policy_says_first_what_it_is_for(name):
    assert policy(name).startswith("-- ")
