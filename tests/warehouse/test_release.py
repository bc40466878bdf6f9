import hashlib

import polars as pl
import pytest
from handmade import answer_key, fill, problem, trace, verdict

from warehouse import release, release_plan
from warehouse.errors import BadInput, RunFailed
from warehouse.lake import Lake

ACCEPTED = "SELECT trace_id FROM candidates WHERE accepted"
EVERYTHING = "SELECT trace_id FROM candidates"


def planned(lake, sql=ACCEPTED, scope=("p1", "p2", "p3"), kinds=("sample", "journey"), seed=0, name="demo"):
    return release_plan.plan(lake, name, "accepted", sql, list(scope), list(kinds), seed)


def published(lake, made):
    return pl.read_parquet(sorted((made.folder(lake) / "data").glob("*.parquet")))


def test_a_policy_chooses_among_the_candidates(small):
    assert sorted(planned(small).trace_ids) == ["t1", "t6"]
    assert planned(small, kinds=["journey"]).trace_ids == ("t6",)
    assert planned(small, scope=["p2"]).trace_ids == ()


def test_what_is_no_candidate_is_not_chosen_whatever_the_policy_says(small):
    assert planned(small, "SELECT trace_id FROM traces", scope=["p2"]).trace_ids == ("t3",)


def test_a_trace_that_a_policy_names_twice_is_in_once(small):
    assert planned(small, "SELECT 't1' AS trace_id UNION ALL SELECT 't1'").trace_ids == ("t1",)


def test_everything_left_out_says_why(small):
    assert dict(planned(small, f"{ACCEPTED} AND kind = 'sample'").left_out) == {
        "t2": "answer: wrong_value",
        "t3": "format: truncated",
        "t4": "answer: crash",
        "t5": "never judged",
        "t6": "not chosen by the policy",
    }


def test_selections_hold_the_kept_rows_in_order_and_the_others_with_their_reason(small):
    made = planned(small)
    release.build(small, made)
    rows = small.sql("SELECT trace_id, kept, rank, reason FROM selections ORDER BY rank NULLS LAST, trace_id").rows()
    kept = [(name, True, rank, None) for rank, name in enumerate(made.trace_ids)]
    left_out = [(name, False, None, reason) for name, reason in made.left_out]
    assert rows == kept + left_out
    assert len(rows) == 6


def test_a_release_of_an_equal_lake_has_the_same_files_and_the_same_order(tmp_path):
    manifests, orders = [], []
    for folder in ("one", "two"):
        lake = fill(Lake(tmp_path / folder, create=True))
        made = planned(lake, EVERYTHING)
        manifests.append(release.build(lake, made))
        orders.append(published(lake, made)["trace_id"].to_list())
    assert manifests[0] == manifests[1]
    assert orders[0] == orders[1]


def test_the_order_of_commits_does_not_show_in_a_release(tmp_path):
    manifests = []
    for folder, names in (("one", "abc"), ("two", "cba")):
        lake = Lake(tmp_path / folder, create=True)
        lake.commit("problems", [problem("p1")])
        for name in names:
            lake.commit("traces", [trace(name)])
            lake.commit("verdicts", [verdict(name, "pass")])
        manifests.append(release.build(lake, planned(lake)))
    assert manifests[0] == manifests[1]


def test_another_seed_is_another_order_of_the_same_rows(lake):
    lake.commit("problems", [problem("p1")])
    lake.commit("traces", [trace(f"t{n}") for n in range(20)])
    one, two = planned(lake, EVERYTHING, seed=1), planned(lake, EVERYTHING, seed=2)
    assert one.trace_ids != two.trace_ids
    assert sorted(one.trace_ids) == sorted(two.trace_ids)
    assert one.release_id != two.release_id


def test_new_verdicts_on_the_same_rows_are_another_release(small):
    before = planned(small)
    small.commit("verdicts", [verdict(name, "pass", "length") for name in ("t1", "t6")])
    after = planned(small)
    assert after.trace_ids == before.trace_ids
    assert after.release_id != before.release_id


def test_the_manifest_holds_the_hash_of_every_file(small):
    made = planned(small)
    manifest = release.build(small, made)
    folder = made.folder(small)
    files = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert files == {*manifest["files"], "manifest.json"}
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert release.listing(small) == [{"path": str(folder), **manifest}]


def test_rows_hold_the_chat_with_its_thinking_inline(small):
    made = planned(small, kinds=["journey"])
    release.build(small, made)
    (row,) = published(small, made).to_dicts()
    assert row["messages"] == [
        {"role": "user", "content": "Problem p1"},
        {"role": "assistant", "content": "<think>\n2 + 2\n</think>\n\n4"},
    ]
    assert (row["kind"], row["parents"], row["answers"]) == ("journey", ["t2", "t1"], ["4"])


def test_a_problem_whose_key_changed_twice_gives_its_rows_once(small):
    for key in ("k1-corrected", "k1"):
        small.commit("answer_keys", [answer_key(key)])
    made = planned(small)
    release.build(small, made)
    assert published(small, made)["trace_id"].to_list() == list(made.trace_ids)


def test_the_card_says_what_was_kept_and_what_was_left_out(small):
    made = planned(small)
    release.build(small, made)
    card = (made.folder(small) / "README.md").read_text()
    assert "2 reasoning traces, chosen from 6 candidates" in card
    assert "| answer: wrong_value | 1 |" in card
    assert ACCEPTED in card
    assert made.release_id in card


def test_building_twice_changes_nothing(small):
    made = planned(small)
    first = release.build(small, made)
    assert made.is_built(small)
    assert release.build(small, made) == first
    assert small.scan("selections").collect().height == 6
    assert len(list((small.path / "releases").iterdir())) == 1


def test_an_empty_selection_fails_and_leaves_nothing_behind(small):
    with pytest.raises(RunFailed, match="selects none of 6 candidates"):
        release.build(small, planned(small, "SELECT trace_id FROM candidates WHERE false"))
    assert not (small.path / "releases").exists()
    assert small.scan("selections").collect().is_empty()
    assert release.listing(small) == []


def test_a_build_that_breaks_off_leaves_no_folder(small):
    made = release_plan.Plan("demo", "r0123456789", ("t1",), (), "accepted", object(), 0)  # a policy no card can print
    with pytest.raises(AttributeError):
        release.build(small, made)
    assert list((small.path / "releases").iterdir()) == []
    assert small.scan("selections").collect().is_empty()


def test_a_policy_may_end_in_a_comment(small):
    assert sorted(planned(small, f"{ACCEPTED} -- all that is good").trace_ids) == ["t1", "t6"]


@pytest.mark.parametrize("sql", ["SELEC trace_id", "SELECT 1 AS one", "FROM nowhere", ""])
def test_a_policy_that_does_not_run_is_bad_input(small, sql):
    with pytest.raises(BadInput, match="policy 'accepted'"):
        planned(small, sql)


def test_a_release_loads_with_datasets(small, tmp_path):
    from datasets import load_dataset

    made = planned(small)
    release.build(small, made)
    loaded = load_dataset(str(made.folder(small)), split="train", cache_dir=str(tmp_path / "cache"))
    assert loaded["trace_id"][:] == list(made.trace_ids)
    assert loaded[0]["messages"][-1]["role"] == "assistant"


def test_a_rewriting_is_published_under_its_originals_prompt_or_its_problems_where_that_is_gone(lake):
    asked = [{"role": "user", "content": "Write this out again."}]
    lake.commit("problems", [problem("p1")])
    lake.commit("traces", [trace("a", messages=[{"role": "user", "content": "Think. Problem p1"}])])
    lake.commit("traces", [trace(f"{of}-r", kind="rewrite", parents=[of], messages=asked) for of in ("a", "gone")])
    made = planned(lake, EVERYTHING, kinds=["rewrite"])
    release.build(lake, made)
    prompts = {row["trace_id"]: row["messages"][0]["content"] for row in published(lake, made).to_dicts()}
    assert prompts == {"a-r": "Think. Problem p1", "gone-r": "Problem p1"}


def test_rows_that_are_asked_anew_are_another_release(small):
    plain = planned(small)
    anew = release_plan.plan(
        small,
        "demo",
        "accepted",
        ACCEPTED,
        ["p1"],
        ["sample", "journey"],
        0,
        ask=lambda prompt: (("system", "Think."), ("user", f"{prompt}!")),
    )
    assert anew.trace_ids == plain.trace_ids
    assert anew.release_id != plain.release_id
    release.build(small, anew)
    chats = {tuple(m["content"] for m in row["messages"][:-1]) for row in published(small, anew).to_dicts()}
    assert chats == {("Think.", "Problem p1!")}
    cards = [(made.folder(small) / "README.md").read_text() for made in (plain, anew) if release.build(small, made)]
    assert ["in a style of its own" in card for card in cards] == [False, True]
