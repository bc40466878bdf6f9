"""Who is chosen: policies in turn, near duplicates, contamination, quotas; and why everybody else is not."""

import random

import pytest
from handmade import answer_key, problem, trace, verdict

from warehouse import release
from warehouse.errors import BadInput
from warehouse.release.selection import UNIQUE, Policy, Selection

ACCEPTED = Policy("accepted", "SELECT trace_id FROM candidates WHERE accepted")
NEAR = (("near_prompt", "n1"), ("near_completion", "n1"))


def resembles(first, second, score=0.9, of="near_completion", **own):
    subject = (
        {"problem_id": first, "trace_id": None} if of == "near_prompt" else {"problem_id": "p1", "trace_id": first}
    )
    return {
        **verdict(None, "pass", of, settings_hash="n1"),
        **subject,
        "against": second,
        "reason": "resembles",
        "score": score,
    } | own


def planned(lake, *policies, scope=("p1", "p2", "p3"), **more):
    return release.plan(lake, Selection("demo", policies or (ACCEPTED,), scope, **{"near": NEAR} | more))


def kept(made):
    return set(made.kept["trace_id"])


def lost(made):
    return dict(made.dropped.iter_rows())


@pytest.fixture
def many(lake):
    """Forty accepted samples of four problems, and a wrong one."""
    lake.commit("problems", [problem(f"p{n}", domain="ab"[n % 2], language="de") for n in range(1, 5)])
    lake.commit("answer_keys", [answer_key(f"k{n}", f"p{n}") for n in range(1, 5)])
    rows = {f"t{n:02d}": f"p{n % 4 + 1}" for n in range(40)}
    lake.commit("traces", [trace(name, owner) for name, owner in (rows | {"bad": "p1"}).items()])
    lake.commit("verdicts", [verdict(name, "pass", problem=owner) for name, owner in rows.items()])
    lake.commit("verdicts", [verdict("bad", "fail", reason="wrong_value")])
    return lake


SCOPE = ("p1", "p2", "p3", "p4")


def test_policies_choose_one_after_the_other_and_each_says_whom_it_left(many):
    first = Policy("early", "SELECT trace_id FROM candidates WHERE trace_id < 't20'")
    second = Policy("even", "SELECT trace_id FROM candidates WHERE ends_with(trace_id, '0')")
    made = planned(many, ACCEPTED, first, second, scope=SCOPE)
    assert kept(made) == {"t00", "t10"}
    reasons = lost(made)
    assert reasons["t20"] == "not chosen by the policy early"
    assert reasons["t11"] == "not chosen by the policy even"
    assert reasons["bad"] == "answer: wrong_value"
    assert len(reasons) == 39


def test_a_policy_sees_its_settings_and_no_other_policy_does(many):
    sql = "SELECT trace_id FROM candidates WHERE accepted AND trace_id < coalesce(getvariable('until'), 't05')"
    made = planned(many, Policy("own", sql, {"until": "t30"}), Policy("again", sql), scope=SCOPE)
    assert kept(made) == {f"t0{n}" for n in range(5)}


def in_order(lake, seed):
    """The forty, as near duplicates are looked through."""
    query = "SELECT trace_id FROM traces WHERE trace_id <> 'bad' ORDER BY place('unique/' || $seed, trace_id)"
    return lake.sql(query, seed=seed)["trace_id"].to_list()


def greedy(order, pairs):
    """What a pass down the order keeps, and for whom it drops the others."""
    chosen, dropped = [], {}
    for one in order:
        twin = next((other for other in chosen if (one, other) in pairs or (other, one) in pairs), None)
        if twin is None:
            chosen.append(one)
        else:
            dropped[one] = twin
    return set(chosen), dropped


@pytest.mark.parametrize("seed", range(4))
def test_of_near_duplicates_the_first_in_the_releases_order_stays_and_each_other_names_one_that_does(many, seed):
    names = [f"t{n:02d}" for n in range(40)]
    draw = random.Random(seed)
    pairs = {tuple(draw.sample(names, 2)) for _ in range(30)}
    many.commit("verdicts", [resembles(*pair, score=draw.uniform(0.8, 1)) for pair in sorted(pairs)])
    order = in_order(many, seed)
    chosen, dropped = greedy(order, pairs)
    made = planned(many, ACCEPTED, UNIQUE, scope=SCOPE, seed=seed)
    assert kept(made) == chosen
    told = {name: reason for name, reason in lost(made).items() if name != "bad"}
    assert set(told) == set(dropped)
    for name, twin in dropped.items():
        assert told[name].startswith(f"a near duplicate of {twin} (")


def test_what_is_equal_to_a_hub_or_in_its_crowd_is_one_group_with_it(many):
    """t01 and t02 equal t03, which is in the crowd of t04; t05 resembles t04, and so all of them."""
    many.commit(
        "verdicts",
        [
            resembles("t01", "t03", 1.0, reason="equal"),
            resembles("t02", "t03", 1.0, reason="equal"),
            resembles("t03", "t04", 0.95, reason="crowded"),
            resembles("t05", "t04", 0.85),
            resembles("t06", "gone", 1.0, reason="equal"),
            resembles("t07", "gone", 1.0, reason="equal"),
        ],
    )
    for seed in range(6):
        order = in_order(many, seed)
        made = planned(many, ACCEPTED, UNIQUE, scope=SCOPE, seed=seed)
        alike, two = ["t01", "t02", "t03", "t04", "t05"], ["t06", "t07"]
        first, first_of_two = min(alike, key=order.index), min(two, key=order.index)
        assert kept(made) == set(order) - set(alike) - set(two) | {first, first_of_two}
        told = lost(made)
        assert all(told[name].startswith(f"a near duplicate of {first} (") for name in alike if name != first)
        assert [told[name] for name in two if name != first_of_two] == [f"a near duplicate of {first_of_two} (1.00)"]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("reason", ["equal", "crowded"])
def test_of_those_that_were_left_to_one_hub_one_stays_also_where_the_hub_comes_late_or_is_no_candidate(
    many, seed, reason
):
    score = 1.0 if reason == "equal" else 0.9
    for hub in ("t07", "elsewhere"):
        names = [f"t{n:02d}" for n in range(20) if n != 7] if hub == "t07" else [f"t{n:02d}" for n in range(20, 40)]
        many.commit("verdicts", [resembles(name, hub, score, reason=reason) for name in names])
    order = in_order(many, seed)
    made = planned(many, ACCEPTED, UNIQUE, scope=SCOPE, seed=seed)
    first = next(name for name in order if name < "t20" and name != "bad")
    second = next(name for name in order if name >= "t20")
    assert kept(made) == {first, second}
    reasons = {name: why for name, why in lost(made).items() if name != "bad"}
    assert reasons == {
        name: f"a near duplicate of {first if name < 't20' else second} ({score:.2f})"
        for name in order
        if name not in (first, second, "bad")
    }
    # And where a hub resembles another text, so do all that were left to it.
    many.commit("verdicts", [resembles("t07", "elsewhere", 0.85)])
    made = planned(many, ACCEPTED, UNIQUE, scope=SCOPE, seed=seed)
    assert kept(made) == {min(first, second, key=order.index)}


def test_a_wrong_trace_never_pushes_out_a_right_one(many):
    many.commit("verdicts", [resembles("bad", f"t{n:02d}") for n in range(0, 40, 4)])
    assert "bad" not in kept(made := planned(many, UNIQUE, ACCEPTED, scope=SCOPE))
    assert len(kept(made)) == 40


def test_problems_whose_prompts_resemble_are_one_problem(many):
    many.commit("verdicts", [resembles("p1", "p2", 0.87, of="near_prompt")])
    made = planned(many, ACCEPTED, UNIQUE, scope=SCOPE)
    stays = {name for name in ("p1", "p2") if name in set(made.kept["problem_id"])}
    assert len(stays) == 1
    assert len(kept(made)) == 30
    reasons = {reason for name, reason in lost(made).items() if name != "bad"}
    assert reasons == {f"the prompt is a near duplicate of {stays.pop()} (0.87)"}


def test_pairs_found_with_other_settings_do_not_count(many):
    many.commit("verdicts", [resembles("t01", "t02", settings_hash="other")])
    assert len(kept(planned(many, ACCEPTED, UNIQUE, scope=SCOPE))) == 40


def test_traces_of_contaminated_problems_are_left_out_whatever_a_policy_says_and_name_the_strongest_hit(many):
    hit = verdict(None, "fail", "contamination", "p1", settings_hash="c1", reason="coverage", score=0.6)
    many.commit(
        "verdicts",
        [
            hit | {"against": "exam#3"},
            hit | {"against": "exam#7", "reason": "ngram", "score": 1.0},
            verdict(None, "pass", "contamination", "p2", settings_hash="c1"),
        ],
    )
    made = planned(many, Policy("all", "SELECT trace_id FROM traces"), scope=SCOPE, contamination="c1")
    assert set(made.kept["problem_id"]) == {"p2", "p3", "p4"}
    assert set(lost(made).values()) == {"contaminated: exam#7 (ngram)"}
    assert len(kept(planned(many, scope=SCOPE, contamination="c2"))) == 40


def test_quotas_hold_by_domain_source_and_language_and_say_what_they_lack(many):
    made = planned(many, scope=SCOPE, quotas={"domain": {"a": 5, "b": 100}, "language": {"de": 22}})
    assert made.short == {"domain": {"b": 83}}
    assert dict(
        made.kept.join(many.scan("problems").collect(), on="problem_id").group_by("domain").len().iter_rows()
    ) == {"a": 5, "b": 17}
    told = list(lost(made).values())
    assert told.count("over the quota of domain a") == 15
    assert told.count("over the quota of language de") == 3
    assert planned(many, scope=SCOPE, quotas={"source": {"sums": 7}}).kept.height == 7


def test_a_setting_that_a_policy_does_not_read_is_refused():
    from filters.selection import policy

    with pytest.raises(BadInput, match="settings of policy shortest: unknown n; expected k"):
        policy("shortest", None, {"n": 3})


def test_quotas_do_not_starve_each_other(lake):
    lake.commit("problems", [problem(f"p{n}", domain="math", source="A" if n < 90 else "B") for n in range(100)])
    names = [f"p{n}" for n in range(100)]
    lake.commit("traces", [trace(f"t{n}", f"p{n}") for n in range(100)])
    everything = Policy("all", "SELECT trace_id FROM candidates")
    made = planned(lake, everything, scope=names, quotas={"domain": {"math": 10}, "source": {"A": 2}})
    assert (made.kept.height, made.short) == (10, {})


def test_who_has_many_traces_does_not_fill_a_quota_because_of_it(lake):
    from filters.selection import policy

    names = [f"p{n}" for n in range(200)]
    lake.commit("problems", [problem(name, domain="x") for name in names])
    rows = [trace(f"{name}-{k}", name) for n, name in enumerate(names) for k in range(15 if n % 2 else 1)]
    lake.commit("traces", rows)
    lake.commit("verdicts", [verdict(row["trace_id"], "pass", problem=row["problem_id"]) for row in rows])
    made = planned(lake, policy("random"), scope=names, quotas={"domain": {"x": 50}})
    many = sum(int(name[1:]) % 2 for name in made.kept["problem_id"])
    assert 12 < many < 38


def test_an_original_comes_back_where_its_rewriting_is_dropped(lake):
    lake.commit("problems", [problem("p1")])
    lake.commit("traces", [trace("o"), trace("r", kind="rewrite", parents=["o"], completion_tokens=99)])
    lake.commit("verdicts", [verdict(name, "pass") for name in "or"])
    short = Policy("short", "SELECT trace_id FROM candidates WHERE completion_tokens < 50")
    good = Policy("accepted", "SELECT trace_id FROM candidates WHERE accepted AND NOT replaced")
    kinds = ("sample", "rewrite")
    assert kept(planned(lake, good, kinds=kinds)) == {"r"}
    assert kept(planned(lake, short, good, kinds=kinds)) == {"o"}


def test_a_policy_that_takes_wrong_traces_too_does_not_blame_their_verdicts(many):
    everything = Policy("all", "SELECT trace_id FROM candidates")
    few = Policy("few", "SELECT trace_id FROM candidates WHERE trace_id IN ('bad', 't01')")
    other = Policy("other", "SELECT trace_id FROM candidates WHERE trace_id = 'bad'")
    assert lost(planned(many, everything, few, other, scope=SCOPE))["t02"] == "not chosen by the policy few"
