import hashlib
import json
import shutil

import polars as pl
import pytest
import yaml
from handmade import answer_key, fill, problem, trace, verdict

from warehouse import forms, release
from warehouse.errors import BadInput, RunFailed
from warehouse.lake import Lake, upkeep
from warehouse.release import Policy, Selection, files, shelf

ACCEPTED = "SELECT trace_id FROM candidates WHERE accepted"
EVERYTHING = "SELECT trace_id FROM candidates"


def planned(lake, sql=ACCEPTED, scope=("p1", "p2", "p3"), kinds=("sample", "journey"), name="demo", **more):
    return release.plan(lake, Selection(name, (Policy("accepted", sql),), scope, kinds, **more))


def ids(made):
    return made.kept["trace_id"].to_list()


def published(lake, made, config="default", split="*"):
    return pl.read_parquet(sorted((made.folder(lake) / config).glob(f"{split}-*.parquet")))


def test_a_policy_chooses_among_the_candidates(small):
    assert sorted(ids(planned(small))) == ["t1", "t6"]
    assert ids(planned(small, kinds=["journey"])) == ["t6"]
    assert ids(planned(small, scope=["p2"])) == []


def test_what_is_no_candidate_is_not_chosen_whatever_the_policy_says(small):
    assert ids(planned(small, "SELECT trace_id FROM traces", scope=["p2"])) == ["t3"]


def test_a_trace_that_a_policy_names_twice_is_in_once(small):
    assert ids(planned(small, "SELECT 't1' AS trace_id UNION ALL SELECT 't1'")) == ["t1"]


def test_everything_left_out_says_why(small):
    assert dict(planned(small, f"{ACCEPTED} AND kind = 'sample'").dropped.iter_rows()) == {
        "t2": "answer: wrong_value",
        "t3": "format: truncated",
        "t4": "answer: crash",
        "t5": "never judged",
        "t6": "not chosen by the policy accepted",
    }


def test_selections_hold_the_kept_rows_in_order_and_the_others_with_their_reason(small):
    made = planned(small)
    release.build(small, made)
    rows = small.sql("SELECT trace_id, kept, rank, reason FROM selections ORDER BY rank NULLS LAST, trace_id").rows()
    kept = [(name, True, rank, None) for rank, name in enumerate(ids(made))]
    left_out = [(name, False, None, reason) for name, reason in made.dropped.iter_rows()]
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
    assert ids(one) != ids(two)
    assert sorted(ids(one)) == sorted(ids(two))
    assert one.release_id != two.release_id


def test_new_verdicts_on_the_same_rows_are_another_release(small):
    before = planned(small)
    small.commit("verdicts", [verdict(name, "pass", "length") for name in ("t1", "t6")])
    after = planned(small)
    assert ids(after) == ids(before)
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
    assert published(small, made)["trace_id"].to_list() == ids(made)


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


def test_a_build_that_breaks_off_is_no_release_and_the_next_one_goes_on(small, monkeypatch):
    made = planned(small)

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("warehouse.release.building.card", broken)
    with pytest.raises(OSError, match="No space"):
        release.build(small, made)
    assert release.listing(small) == []
    assert not made.folder(small).exists()
    assert small.scan("selections").collect().is_empty()
    monkeypatch.undo()
    release.build(small, made)
    assert [place.name for place in (small.path / "releases").iterdir()] == [made.folder(small).name]


def test_a_policy_may_end_in_a_comment(small):
    assert sorted(ids(planned(small, f"{ACCEPTED} -- all that is good"))) == ["t1", "t6"]


@pytest.mark.parametrize("sql", ["SELEC trace_id", "SELECT 1 AS one", "FROM nowhere", ""])
def test_a_policy_that_does_not_run_is_bad_input(small, sql):
    with pytest.raises(BadInput, match="policy 'accepted'"):
        planned(small, sql)


def test_a_release_loads_with_datasets(small, tmp_path):
    from datasets import load_dataset

    made = planned(small)
    release.build(small, made)
    loaded = load_dataset(str(made.folder(small)), split="train", cache_dir=str(tmp_path / "cache"))
    assert loaded["trace_id"][:] == ids(made)
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
    anew = planned(small, style="louder", asked=(("system", "Think."), ("user", "{prompt}!")))
    assert ids(anew) == ids(plain)
    assert anew.release_id != plain.release_id
    release.build(small, anew)
    chats = {tuple(m["content"] for m in row["messages"][:-1]) for row in published(small, anew).to_dicts()}
    assert chats == {("Think.", "Problem p1!")}
    cards = [(made.folder(small) / "README.md").read_text() for made in (plain, anew) if release.build(small, made)]
    assert ["in the style `louder`" in card for card in cards] == [False, True]


def test_raw_holds_every_candidate_with_its_verdicts_and_why_it_was_left_out(small):
    made = planned(small, configs=("default", "raw"))
    release.build(small, made)
    rows = {row["trace_id"]: row for row in published(small, made, "raw").to_dicts()}
    assert set(rows) == {"t1", "t2", "t3", "t4", "t5", "t6"}
    assert {name for name, row in rows.items() if row["kept"]} == {"t1", "t6"}
    assert rows["t2"]["dropped"] == "answer: wrong_value"
    assert rows["t2"]["completion"].endswith("5")
    told = [(one["check"], one["outcome"], one["reason"]) for one in rows["t2"]["verdicts"]]
    assert told == [("answer", "fail", "wrong_value"), ("format", "pass", None)]
    assert (rows["t5"]["verdicts"], rows["t5"]["dropped"]) == ([], "never judged")


def test_a_new_verdict_on_what_was_left_out_makes_another_release_where_it_is_published_too(small):
    kinds = [planned(small), planned(small, configs=("default", "raw"))]
    small.commit("verdicts", [verdict("t2", "fail", "length", reason="too_long")])
    again = [planned(small), planned(small, configs=("default", "raw"))]
    assert kinds[1].release_id != again[1].release_id
    assert ids(kinds[1]) == ids(again[1])


def test_journeys_stand_beside_their_controls(small):
    controls = [
        trace("t7", kind="shortcut", parents=["t6", "t1"], completion="<think>\nright at once\n</think>\n\n4"),
        trace("t8", kind="mixed", parents=["t6", "t3"], completion="<think>\nanother's error\n</think>\n\n4"),
    ]
    small.commit("traces", controls)
    made = planned(small, configs=("default", "journey"))
    manifest = release.build(small, made)
    (row,) = published(small, made, "journey").to_dicts()
    assert (row["trace_id"], row["wrong_id"], row["right_id"]) == ("t6", "t2", "t1")
    assert (row["shortcut_id"], row["mixed_id"]) == ("t7", "t8")
    assert (
        row["messages"][:-1] == row["shortcut"][:-1] == row["mixed"][:-1] == [{"role": "user", "content": "Problem p1"}]
    )
    assert "right at once" in row["shortcut"][-1]["content"]
    assert "another's error" in row["mixed"][-1]["content"]
    assert manifest["configs"] == {"default": {"train": 2}, "journey": {"train": 1}}


def test_the_right_way_of_a_journey_of_many_parents_is_that_of_the_last(small):
    small.commit("traces", [trace("t7", kind="journey", strategy="tree", parents=["t2", "t5", "t4", "t1"])])
    made = planned(small, EVERYTHING, scope=["p1"], kinds=["journey"], configs=("default", "journey"))
    release.build(small, made)
    told = {row["trace_id"]: (row["wrong_id"], row["right_id"]) for row in published(small, made, "journey").to_dicts()}
    assert told == {"t6": ("t2", "t1"), "t7": ("t2", "t1")}


def test_a_journey_without_controls_stands_alone(small):
    made = planned(small, configs=("default", "journey"))
    release.build(small, made)
    (row,) = published(small, made, "journey").to_dicts()
    assert (row["shortcut"], row["shortcut_id"], row["mixed"], row["mixed_id"]) == (None, None, None, None)


def test_rows_have_the_spans_of_their_last_message_and_the_card_says_what_they_are(small):
    spans = [{"label": "wrong", "start": 8, "end": 9}, {"label": "right", "start": 10, "end": 11}]
    small.commit("traces", [trace("t9", kind="journey", strategy="stitched", parents=["t2", "t1"], spans=spans)])
    made = planned(small, EVERYTHING, scope=["p1"])
    release.build(small, made)
    told = {row["trace_id"]: row for row in published(small, made).to_dicts()}
    assert told["t9"]["spans"] == spans
    assert [told["t9"]["messages"][-1]["content"][span["start"] : span["end"]] for span in spans] == ["2", "+"]
    assert told["t1"]["spans"] == []
    cards = {}
    for kinds in (("sample",), ("sample", "journey")):
        made = planned(small, kinds=kinds)
        release.build(small, made)
        cards[kinds] = "`spans` mark its parts" in (made.folder(small) / "README.md").read_text()
    assert list(cards.values()) == [False, True]


def test_a_problem_is_in_one_split_only_in_all_configs(lake):
    names = [f"p{n}" for n in range(40)]
    lake.commit("problems", [problem(name) for name in names])
    lake.commit("traces", [trace(f"{name}-{n}", name) for name in names for n in range(3)])
    made = planned(lake, EVERYTHING, scope=names, validation=0.3, configs=("default", "raw"))
    manifest = release.build(lake, made)
    for config in ("default", "raw"):
        found = {split: set(published(lake, made, config, split)["problem_id"]) for split in ("train", "validation")}
        assert found["train"].isdisjoint(found["validation"])
        assert found["train"] | found["validation"] == set(names)
    assert 3 * 5 < manifest["configs"]["default"]["validation"] < 3 * 20
    card = (made.folder(lake) / "README.md").read_text()
    assert "path: raw/validation-*.parquet" in card


@pytest.fixture
def long(lake, monkeypatch):
    """A lake whose release takes seven files."""
    monkeypatch.setattr("warehouse.release.files.ROWS_PER_FILE", 10)
    lake.commit("problems", [problem("p1")])
    for start in range(0, 65, 13):
        lake.commit(
            "traces", [trace(f"t{n:02d}", completion=f"<think>\n{n}\n</think>\n\n4") for n in range(start, start + 13)]
        )
    return lake


def test_verdicts_in_many_parts_are_the_same_verdicts(small, monkeypatch):
    made = planned(small, EVERYTHING, configs=("default", "raw"))
    manifest = release.build(small, made)
    assert max(published(small, made, "raw")["verdicts"].list.len()) > 1
    monkeypatch.setattr("warehouse.release.rows.AT_ONCE", 1)
    assert shelf.rebuild(small, manifest, small.path / "again") == []


def test_rows_of_many_files_are_in_the_releases_order(long):
    made = planned(long, EVERYTHING)
    release.build(long, made)
    assert len(list((made.folder(long) / "default").iterdir())) == 7
    assert published(long, made)["trace_id"].to_list() == ids(made)


def test_a_build_that_was_killed_goes_on_with_the_files_that_are_missing(long, monkeypatch):
    made = planned(long, EVERYTHING)
    whole = release.build(long, made)
    shutil.rmtree(made.folder(long))
    real, written = files.pq.write_table, []

    def until_killed(table, file, **how):
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(file.name)
        real(table, file, **how)

    monkeypatch.setattr(files, "AT_ONCE", 1)
    monkeypatch.setattr(files.pq, "write_table", until_killed)
    with pytest.raises(KeyboardInterrupt):
        release.build(long, made)
    assert release.listing(long) == []
    monkeypatch.setattr(
        files.pq, "write_table", lambda table, file, **how: (written.append(file.name), real(table, file, **how))
    )
    assert release.build(long, made) == whole
    assert len(written) == len(set(written)) == 7
    assert [place.name for place in (long.path / "releases").iterdir()] == [made.folder(long).name]


def test_a_rebuilt_release_has_the_same_files_after_compaction_and_more_commits(small, tmp_path):
    made = planned(small, configs=("default", "raw", "journey"), validation=0.2)
    before = release.build(small, made)
    for number in range(5):
        small.commit("traces", [trace(f"later-{number}")])
        small.commit("verdicts", [verdict(f"t{number + 1}", "fail", "length", reason="too_long")])
        small.commit("answer_keys", [answer_key(f"k9{number}", answers=["four"])])
    upkeep.compact(small)
    upkeep.vacuum(small, hours=0)
    manifest = shelf.find(small, "demo")
    assert shelf.rebuild(small, manifest, tmp_path / "again") == []
    again = json.loads((tmp_path / "again" / "manifest.json").read_text())
    assert again == before
    with pytest.raises(BadInput, match="exists"):
        shelf.rebuild(small, manifest, tmp_path / "again")


def test_the_order_in_which_a_recipe_names_things_is_in_no_file(small, tmp_path):
    named = {"domain": {"writing": 9, "math": 7, "code": 9}, "source": {"b": 3, "a": 8}}
    policies = (Policy("accepted", ACCEPTED, {"most": 3, "least": 1}),)
    made = release.plan(small, Selection("demo", policies, ("p1", "p2", "p3"), quotas=named))
    manifest = release.build(small, made)
    card = (made.folder(small) / "README.md").read_text()
    assert "At most by domain: code 9, writing 9, math 7." in card
    turned = {by: dict(reversed(most.items())) for by, most in reversed(named.items())}
    policies = (Policy("accepted", ACCEPTED, {"least": 1, "most": 3}),)
    again = release.plan(small, Selection("demo", policies, ("p1", "p2", "p3"), quotas=turned))
    assert again.release_id == made.release_id
    assert shelf.rebuild(small, manifest, tmp_path / "again") == []


def test_a_rebuilt_release_that_differs_says_in_which_files(small, tmp_path):
    release.build(small, planned(small))
    manifest = shelf.find(small, "demo")
    manifest["files"]["README.md"] = "0" * 64
    assert shelf.rebuild(small, manifest, tmp_path / "again") == ["README.md"]


def test_two_releases_differ_by_rows_each_with_the_reason(small):
    first, second = planned(small), planned(small, f"{ACCEPTED} AND kind = 'sample'", name="fewer")
    for made in (first, second):
        release.build(small, made)
    told = small.sql(shelf.difference(small, first.release_id, second.release_id)).rows()
    assert told == [("t1", "in both", None), ("t6", "only in the first", "not chosen by the policy accepted")]
    changes = shelf.difference(small, second.release_id, first.release_id)
    summed = small.sql(shelf.SUMMARY.format(changes)).rows()
    assert summed == [("in both", None, 1, "t1"), ("only in the second", "not chosen by the policy accepted", 1, "t6")]
    with pytest.raises(BadInput, match="release r1: no row"):
        shelf.difference(small, first.release_id, "r1")


def test_a_release_is_found_by_name_id_and_folder_and_the_newest_of_a_name_counts(small):
    made = [planned(small), planned(small, seed=1)]
    for one in made:
        release.build(small, one)
    assert shelf.find(small, "demo")["release_id"] == made[1].release_id
    for name in (made[0].release_id, made[0].folder(small).name, str(made[0].folder(small))):
        assert shelf.find(small, name)["release_id"] == made[0].release_id
    with pytest.raises(BadInput, match=r"no release 'other'.*it has demo-"):
        shelf.find(small, "other")


@pytest.mark.parametrize("form", sorted(forms.FORMS))
def test_a_release_is_written_in_other_peoples_forms_and_no_problem_is_torn_apart(lake, monkeypatch, form):
    monkeypatch.setattr("warehouse.release.files.ROWS_PER_FILE", 5)
    names = [f"p{n}" for n in range(7)]
    lake.commit("problems", [problem(name) for name in names])
    lake.commit("answer_keys", [answer_key(f"k-{name}", name) for name in names])
    lake.commit("traces", [trace(f"{name}-{n}", name) for name in names for n in range(3)])
    made = planned(lake, EVERYTHING, scope=names, validation=0.3, forms=(form,))
    manifest = release.build(lake, made)
    written = published(lake, made, form)
    assert sum(manifest["configs"][form].values()) == written.height == (7 if form == "openr1" else 21)
    if form == "openr1":
        assert sorted(written["uuid"]) == names
        assert set(written["generations"].list.len()) == {3}
    assert f"config_name: {form}" in (made.folder(lake) / "README.md").read_text()


def test_what_is_committed_while_it_is_built_does_not_show_in_a_release(small, tmp_path):
    made = planned(small, configs=("default", "raw", "journey"))
    small.commit("traces", [trace("t9", kind="shortcut", parents=["t6", "t1"])])
    small.commit("answer_keys", [answer_key("k9", answers=["four"])])
    small.commit("verdicts", [verdict("t2", "fail", "length", reason="too_long")])
    release.build(small, made)
    assert published(small, made, "journey")["shortcut_id"].to_list() == [None]
    assert set(published(small, made)["answers"].list.first()) == {"4"}
    assert shelf.rebuild(small, shelf.find(small, "demo"), tmp_path / "again") == []


def test_a_build_that_an_older_lake_began_is_begun_anew(long, monkeypatch):
    made = planned(long, EVERYTHING)
    monkeypatch.setattr("warehouse.release.building.facts", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        release.build(long, made)
    monkeypatch.undo()
    monkeypatch.setattr("warehouse.release.files.ROWS_PER_FILE", 10)
    long.commit("verdicts", [verdict("t00", "pass", "label:theirs")])
    manifest = release.build(long, again := planned(long, EVERYTHING))
    assert again.release_id == made.release_id
    assert manifest["versions"] == again.versions != made.versions
    assert all(".stamp" not in name and "dealt" not in name for name in manifest["files"])


@pytest.mark.parametrize("change", ["key", "contamination", "shortcut", "mixed"])
def test_everything_that_its_files_tell_is_in_a_releases_id(small, change):
    how = {"configs": ("default", "journey"), "contamination": "c1"}
    before = planned(small, **how)
    rows = {
        "key": ("answer_keys", answer_key("k9", answers=["four"])),
        "contamination": ("verdicts", verdict(None, "pass", "contamination", settings_hash="c1")),
        "shortcut": ("traces", trace("t9", kind="shortcut", parents=["t6", "t1"])),
        "mixed": ("traces", trace("t9", kind="mixed", parents=["t6", "t3"])),
    }
    small.commit(rows[change][0], [rows[change][1]])
    assert planned(small, **how).release_id != before.release_id


def test_a_release_is_checked_for_contamination_only_where_all_of_its_problems_were(small):
    rows = [verdict(None, "pass", "contamination", name, settings_hash="c1") for name in ("p2", "p3")]
    small.commit("verdicts", rows)
    first = release.build(small, planned(small, contamination="c1"))
    assert (first["contamination"]["checked"], first["contamination"]["problems_not_examined"]) == (False, 1)
    small.commit("verdicts", [verdict(None, "pass", "contamination", settings_hash="c1")])
    second = release.build(small, planned(small, contamination="c1"))
    assert (second["contamination"]["checked"], second["contamination"]["hits"]) == (True, 0)


def test_one_question_of_two_sources_is_in_one_split(lake):
    lake.commit(
        "problems",
        [
            problem(f"p{n}-{source}", source=source, prompt=f"What is  {n}?" if source == "a" else f"what is {n}?")
            for n in range(20)
            for source in "ab"
        ],
    )
    names = [f"p{n}-{source}" for n in range(20) for source in "ab"]
    lake.commit("traces", [trace(f"t-{name}", name) for name in names])
    made = planned(lake, EVERYTHING, scope=names, validation=0.5)
    split = dict(made.kept.select("problem_id", "split").iter_rows())
    assert all(split[f"p{n}-a"] == split[f"p{n}-b"] for n in range(20))
    assert set(split.values()) == {"train", "validation"}


def test_odd_names_break_neither_card_nor_charts(small):
    small.commit("problems", [problem("p9", source="a | b $x_{$", domain="#1: [x]", licence="see: x #1")])
    small.commit("traces", [trace("t9", "p9")])
    made = planned(small, EVERYTHING, name="1.0", scope=["p9"], quotas={"domain": {"#1: [x]": 5, "it's": 2}})
    release.build(small, made)
    front = yaml.safe_load((made.folder(small) / "README.md").read_text().split("---")[1])
    assert (front["pretty_name"], front["license"]) == ("1.0", "see: x #1")
    assert made.short == {"domain": {"#1: [x]": 4, "it's": 2}}


@pytest.mark.parametrize("content", ["[]", "{}", "not json"])
def test_a_file_that_is_no_manifest_is_bad_input(small, tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(BadInput, match="no manifest of a release"):
        shelf.find(small, str(tmp_path))
