import pytest
from handmade import fill, problem, trace, verdict

from filters.selection import POLICIES, policy
from warehouse.errors import BadInput
from warehouse.release import Selection, plan


def planned(lake, *names, settings=None, folder=None, scope=("p1", "p2", "p3"), kinds=("sample", "journey"), **more):
    policies = tuple(policy(name, folder, (settings or {}).get(name)) for name in names)
    return plan(lake, Selection("demo", policies, scope, kinds, **more))


def chosen(lake, *names, **more):
    return sorted(planned(lake, *names, **more).kept["trace_id"])


def lost(made):
    return dict(made.dropped.iter_rows())


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


def with_rewritings(lake):
    """Of two right samples both are rewritten, one of them badly."""
    lake.commit("problems", [problem("p1")])
    lake.commit("traces", [trace(name, completion_tokens=size) for name, size in (("a", 30), ("b", 20))])
    lake.commit("traces", [trace(f"{of}-r", kind="rewrite", parents=[of], completion_tokens=25) for of in "ab"])
    verdicts = {"a": "pass", "b": "pass", "a-r": "pass", "b-r": "fail"}
    lake.commit("verdicts", [verdict(name, outcome) for name, outcome in verdicts.items()])
    return lake


@pytest.mark.parametrize(
    ("name", "kinds", "expected"),
    [
        ("accepted", ["sample", "rewrite"], ["a-r", "b"]),
        ("accepted", ["sample"], ["a", "b"]),
        ("accepted", ["rewrite"], ["a-r"]),
        ("shortest", ["sample", "rewrite"], ["b"]),
        ("all", ["sample", "rewrite"], ["a", "a-r", "b", "b-r"]),
    ],
)
def test_an_accepted_rewriting_takes_its_originals_place(lake, name, kinds, expected):
    assert chosen(with_rewritings(lake), name, kinds=kinds) == expected


def test_an_original_that_is_left_out_for_its_rewriting_says_so(lake):
    made = planned(with_rewritings(lake), "accepted", kinds=["sample", "rewrite"])
    assert lost(made) == {"a": "its rewriting takes its place", "b-r": "answer: fail"}


def test_a_check_of_one_kind_is_not_missed_on_the_others(lake):
    asked = {
        "kinds": ["sample", "rewrite"],
        "checks": (("answer", "s1", None, "rule"), ("same_answer", "s1", "rewrite", None)),
    }
    assert chosen(with_rewritings(lake), "accepted", **asked) == ["a", "b"]
    lake.commit("verdicts", [verdict("a-r", "pass", "same_answer"), verdict("b-r", "pass", "same_answer")])
    assert chosen(lake, "accepted", **asked) == ["a-r", "b"]


@pytest.mark.parametrize("ending", ["", "\n", ";", ";\n", " -- the journeys\n"])
def test_a_users_sql_file_is_a_policy_however_it_ends(lake, tmp_path, ending):
    (tmp_path / "own.sql").write_text("-- Mine.\nSELECT trace_id FROM candidates WHERE kind = 'journey'" + ending)
    assert chosen(fill(lake), "own.sql", folder=tmp_path) == ["t6"]


@pytest.mark.parametrize("ending", [";\n", " -- the journeys"])
def test_a_policy_can_stand_within_a_larger_query(lake, tmp_path, ending):
    (tmp_path / "own.sql").write_text("SELECT trace_id FROM traces WHERE kind = 'journey'" + ending)
    assert fill(lake).sql(f"SELECT * FROM ({policy('own.sql', tmp_path).sql})").rows() == [("t6",)]


def test_a_users_policy_may_use_every_view_and_macro(lake, tmp_path):
    (tmp_path / "own.sql").write_text(
        "SELECT trace_id FROM candidates JOIN pass_rates USING (problem_id, model) JOIN traces t USING (trace_id)"
        " WHERE pass_rate < 1 AND response(t.completion) = '4'"
    )
    assert chosen(fill(lake), "own.sql", folder=tmp_path) == ["t1", "t6"]


def test_an_unknown_policy_is_bad_input_that_names_the_known_ones():
    with pytest.raises(BadInput, match="no selection policy 'best'; expected one of accepted, all, diverse, "):
        policy("best")


def test_a_policy_file_that_is_not_there_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match=r"no file 'own\.sql'"):
        policy("own.sql", tmp_path)


@pytest.mark.parametrize("name", sorted(file.stem for file in POLICIES.glob("*.sql")))
def test_every_shipped_policy_says_first_what_it_is_for(name):
    assert policy(name).sql.startswith("-- ")


JOURNEYS = {
    # journey: its builder, its own verdict, those of its shortcut and of its mixed control
    "a": ("stitched", "pass", "pass", "pass"),
    "b": ("stitched", "pass", "pass", None),
    "c": ("stitched", "pass", "fail", "pass"),
    "d": ("stitched", "fail", "pass", "pass"),
    "e": ("tree", "pass", "pass", "pass"),
    "f": ("stitched", "pass", None, None),
}


@pytest.fixture
def journeys(lake):
    lake.commit("problems", [problem("p1")])
    traces, verdicts = [], []
    for name, (builder, *outcomes) in JOURNEYS.items():
        for kind, outcome in zip(("journey", "shortcut", "mixed"), outcomes, strict=True):
            if outcome:
                own = name if kind == "journey" else f"{name}-{kind}"
                parents = ["wrong", "right"] if kind == "journey" else [name, "right"]
                strategy = builder if kind == "journey" else f"{builder}-{kind}"
                traces.append(trace(own, kind=kind, strategy=strategy, parents=parents))
                verdicts.append(verdict(own, outcome))
    lake.commit("traces", traces)
    lake.commit("verdicts", verdicts)
    return lake


CHECKS = (("answer", "s1", None, None),)


@pytest.mark.parametrize("checks", [None, CHECKS], ids=["all checks", "the recipe's"])
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "abe"),
        ({"controls": "shortcut,mixed"}, "ae"),
        ({"controls": "mixed"}, "ace"),
        ({"builder": "stitched"}, "ab"),
        ({"builder": "tree", "controls": "shortcut,mixed"}, "e"),
    ],
)
def test_matched_is_as_many_journeys_as_controls_and_they_belong_together(journeys, settings, expected, checks):
    asked = {"settings": {"matched": settings}, "scope": ("p1",), "checks": checks}
    assert chosen(journeys, "matched", kinds=["journey"], **asked) == list(expected)
    named = settings.get("controls", "shortcut").split(",")
    for kind in named:
        assert chosen(journeys, "matched", kinds=[kind], **asked) == [f"{name}-{kind}" for name in expected]


def test_of_two_controls_of_a_kind_matched_takes_one(journeys):
    journeys.commit("traces", [trace("a-more", kind="shortcut", strategy="stitched-shortcut", parents=["a", "right"])])
    journeys.commit("verdicts", [verdict("a-more", "pass")])
    assert chosen(journeys, "matched", kinds=["shortcut"], scope=("p1",)) == ["a-more", "b-shortcut", "e-shortcut"]


def test_why_a_control_was_left_out_is_told(journeys):
    made = planned(journeys, "matched", kinds=["shortcut"], scope=("p1",))
    assert lost(made) == {"c-shortcut": "answer: fail", "d-shortcut": "not chosen by the policy matched"}
