import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from small import tables, toml

from flows.recipe.file import check

COMMAND = Path(sys.executable).with_name("thoughtmill")


def thoughtmill(*arguments, cwd=None):
    return subprocess.run([COMMAND, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def ground(turn, recipe):
    """A lake that the small recipe has been through, and one of its journeys."""
    run = turn(recipe)
    (journey,) = run.lake.sql("SELECT min(trace_id) AS id FROM marks WHERE kind = 'journey' AND accepted")["id"]
    return run.lake.path, journey


def assert_refused(told, *words):
    assert told.returncode == 2, told.stderr
    assert told.stderr.startswith("thoughtmill: ")
    assert "Traceback" not in told.stderr
    assert "leaked" not in told.stderr
    for word in words:
        assert word in told.stderr


def test_bad_input_is_one_clear_message_and_exit_2(tmp_path, ground):
    lake, _ = ground
    (tmp_path / "broken.toml").write_text("name = ")
    (tmp_path / "nowhere").mkdir()
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer" / "lake.json").write_text('{"schema": 99}')
    assert_refused(thoughtmill("run", tmp_path / "broken.toml"), "broken.toml", "not valid TOML")
    assert_refused(thoughtmill("run", "nano.toml", "--set", "generate.n=none"), "stages[0].n", "'none'")
    assert_refused(thoughtmill("sql", "SELECT FROM WHERE", "--lake", lake), "this SQL does not run")
    assert_refused(thoughtmill("sql", "SELECT 1", "--lake", tmp_path / "nowhere"), "no lake at")
    assert_refused(thoughtmill("sql", "SELECT 1", "--lake", tmp_path / "newer"), "schema 99", "reads schemas")
    assert_refused(thoughtmill("explain", "t0", "--lake", lake), "no trace 't0'")
    assert_refused(thoughtmill("import", tmp_path / "none.jsonl", "--lake", lake), "none.jsonl")
    assert_refused(
        thoughtmill("run", "nano.toml", "--set", "models.base.path=./gone", "--lake", tmp_path / "fresh"),
        "models.base.path: no model './gone'",
    )


def test_an_unknown_format_is_refused_and_never_taken_for_a_table(ground):
    told = thoughtmill("sql", "SELECT 1", "--format", "yaml", "--lake", ground[0])
    assert (told.returncode, told.stdout) == (2, "")


def test_a_dataset_without_the_mapped_column_is_refused(tmp_path, turn):
    (tmp_path / "p.jsonl").write_text('{"question": "1+1?", "answers": "2"}\n')
    entry = {"source": "file", "path": str(tmp_path / "p.jsonl")}
    recipe = check(tables(problems=[entry], stages=tables()["stages"][:1]), "x")
    with pytest.raises(Exception, match="has no column 'prompt' for prompt; it has question, answers"):
        turn(recipe)


def test_sql_answers_as_table_json_and_file(ground, tmp_path):
    lake, _ = ground
    query = "SELECT model, count(*) AS n FROM marks GROUP BY model ORDER BY model"
    assert "hasty" in thoughtmill("sql", query, "--lake", lake).stdout
    assert {
        row["model"] for row in json.loads(thoughtmill("sql", query, "--lake", lake, "--format", "json").stdout)
    } >= {
        "hasty",
        "search",
    }
    for suffix, reader in ((".parquet", pl.read_parquet), (".csv", pl.read_csv), (".jsonl", pl.read_ndjson)):
        assert thoughtmill("sql", query, "--lake", lake, "-o", tmp_path / f"out{suffix}").returncode == 0
        assert "search" in reader(tmp_path / f"out{suffix}")["model"].to_list()
    (tmp_path / "q.sql").write_text(query)
    assert "hasty" in thoughtmill("sql", tmp_path / "q.sql", "--lake", lake).stdout


def test_show_and_explain_follow_a_released_row_back(ground):
    lake, journey = ground
    shown = thoughtmill("show", journey, "--lake", lake).stdout
    assert "Wait, " in shown
    assert "wrong 8 to" in shown
    row = json.loads(thoughtmill("show", journey, "--lake", lake, "--format", "json").stdout)
    assert [row["completion"][step["start"] : step["end"]] for step in row["steps"]] == [
        s["text"] for s in row["steps"]
    ]
    assert {label for step in row["steps"] for label in step["spans"]} == {span["label"] for span in row["spans"]}
    told = thoughtmill("explain", journey, "--lake", lake).stdout
    for word in ("Releases", "Verdicts", "wrong", "right", "reasoning-gym/simple_equations", "strategy stitched"):
        assert word in told
    facts = json.loads(thoughtmill("explain", journey, "--lake", lake, "--format", "json").stdout)
    assert [parent["role"] for parent in facts["parents"]] == ["wrong", "right"]
    assert [parent["correct"] for parent in facts["parents"]] == [False, True]
    assert facts["selections"][0]["kept"]


def test_status_plan_and_releases_speak_of_the_lake(ground):
    lake, _ = ground
    status = {
        row["what"]: row["value"]
        for row in json.loads(thoughtmill("status", "--lake", lake, "--format", "json").stdout)
    }
    assert status["state"] == "finished"
    assert "accepted" in status
    (release,) = json.loads(thoughtmill("release", "list", "--lake", lake, "--format", "json").stdout)
    assert Path(release["path"], "README.md").exists()


def test_the_lake_can_be_compacted_and_vacuumed_without_losing_a_row(ground):
    lake, _ = ground
    query = (
        "sql",
        "SELECT count(*) AS n, count(DISTINCT trace_id) AS d FROM traces",
        "--lake",
        lake,
        "--format",
        "json",
    )
    before = thoughtmill(*query).stdout
    assert thoughtmill("lake", "compact", "--lake", lake).returncode == 0
    assert thoughtmill("lake", "vacuum", "--hours", "0", "--lake", lake).returncode == 0
    assert thoughtmill(*query).stdout == before


def test_init_writes_a_recipe_that_loads_and_overwrites_nothing(tmp_path):
    assert thoughtmill("init", "mine.toml", cwd=tmp_path).returncode == 0
    text = (tmp_path / "mine.toml").read_text()
    assert text.startswith("# thoughtmill run mine.toml\n")
    assert_refused(thoughtmill("init", "mine.toml", cwd=tmp_path), "mine.toml exists")


def test_two_releases_are_set_beside_each_other_and_one_is_written_again(ground, tmp_path):
    lake, _ = ground
    (tmp_path / "few.toml").write_text("".join(f"{key} = {toml(value)}\n" for key, value in tables().items()))
    built = thoughtmill("release", tmp_path / "few.toml", "--set", "release.select=shortest", "--lake", lake)
    assert built.returncode == 0, built.stderr
    first, second = json.loads(thoughtmill("release", "list", "--lake", lake, "--format", "json").stdout)
    told = thoughtmill("release", "diff", first["release_id"], second["release_id"], "--lake", lake, "--format", "json")
    counts = {row["change"]: row["traces"] for row in json.loads(told.stdout)}
    assert counts == {"in both": second["rows"], "only in the first": first["rows"] - second["rows"]}
    out = tmp_path / "changes.parquet"
    thoughtmill("release", "diff", first["release_id"], second["release_id"], "--lake", lake, "-o", out)
    changes = pl.read_parquet(out)
    assert set(changes.drop_nulls()["reason"]) == {"not chosen by the policy shortest"}
    lost = changes.drop_nulls()["trace_id"][0]
    assert "not chosen by the policy shortest" in thoughtmill("explain", lost, "--lake", lake).stdout
    again = thoughtmill("release", "rebuild", first["release_id"], "--to", tmp_path / "again", "--lake", lake)
    assert (again.returncode, "all of them as they were" in again.stdout) == (0, True)
    assert_refused(
        thoughtmill("release", "diff", "none", "small", "--lake", lake), "no release 'none'", "it has small-"
    )
    rebuild = ("release", "rebuild", "small", "--to", tmp_path / "again", "--lake", lake)
    assert_refused(thoughtmill(*rebuild), "again exists; name a new folder")


def test_a_release_that_cannot_be_is_refused_before_anything_runs(tmp_path):
    def refused(setting, *words):
        told = thoughtmill("release", "nano.toml", "--set", setting, "--lake", tmp_path / "fresh")
        assert_refused(told, *words)

    refused("release.select=best", "select", "no selection policy 'best'; expected one of accepted")
    refused("release.select=unique", "(release): unique needs to know what resembles what")
    refused('release.forms=["csv"]', "forms", "no form called 'csv'; expected one of openr1")
    refused("release.settings={ shortest = { k = 2 } }", "shortest is no policy of this release")
    refused('release.configs=["raw"]', "a release without default teaches nothing")
    assert not (tmp_path / "fresh" / "traces").exists()
