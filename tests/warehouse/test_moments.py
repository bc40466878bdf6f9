import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from handmade import trace, verdict

from warehouse.errors import BadInput, LakeError
from warehouse.lake import Lake
from warehouse.lake.upkeep import compact, vacuum


@pytest.fixture
def grown(lake):
    """A lake that held t1, then a verdict of it, then t2 as well; with the moment between the first two."""
    lake.commit("traces", [trace("t1")])
    time.sleep(0.01)  # Delta's clock has milliseconds
    moment = datetime.now(UTC)
    time.sleep(0.01)
    lake.commit("verdicts", [verdict("t1", "pass")])
    lake.commit("traces", [trace("t2")])
    return lake, moment


def marks(lake):
    return lake.sql("SELECT trace_id, accepted FROM marks ORDER BY 1").rows()


def test_a_time_shows_every_table_as_it_was_then(grown):
    lake, moment = grown
    for spelled in (moment, moment.isoformat(), moment.replace(tzinfo=None).isoformat()):
        assert marks(Lake(lake.path, as_of=spelled)) == [("t1", False)]
    assert marks(Lake(lake.path, as_of=datetime.now(UTC))) == [("t1", True), ("t2", False)] == marks(lake)


def test_a_time_of_another_zone_is_the_same_time(grown):
    lake, moment = grown
    elsewhere = moment.astimezone(tz=datetime.strptime("+0530", "%z").tzinfo)
    assert marks(Lake(lake.path, as_of=elsewhere.isoformat())) == [("t1", False)]


def test_a_number_is_a_version_of_traces_and_the_other_tables_are_of_its_time(grown):
    lake, _ = grown
    assert marks(Lake(lake.path, as_of="1")) == [("t1", False)]
    assert marks(Lake(lake.path, as_of=2)) == [("t1", True), ("t2", False)]


def test_tables_may_be_named_with_their_versions(grown):
    lake, _ = grown
    assert marks(Lake(lake.path, as_of="traces=2,verdicts=0")) == [("t1", False), ("t2", False)]
    assert marks(Lake(lake.path, as_of={"traces": 1, "verdicts": 1})) == [("t1", True)]


def test_the_name_of_a_release_stands_for_what_it_was_made_from(grown):
    lake, _ = grown
    folder = lake.path / "releases" / "first-0123"
    folder.mkdir(parents=True)
    versions = {"traces": 1, "verdicts": 1}
    (folder / "manifest.json").write_text(json.dumps({"name": "first", "release_id": "r0123", "versions": versions}))
    for name in ("first", "first-0123", "r0123"):
        assert marks(Lake(lake.path, as_of=name)) == [("t1", True)]


def test_a_table_that_did_not_exist_then_is_empty(grown):
    lake, moment = grown
    then = Lake(lake.path, as_of=moment)
    assert then.versions()["verdicts"] == -1
    assert then.scan("verdicts").collect().is_empty()
    assert then.sql("SELECT count(*) FROM verdicts").item() == 0


def test_looking_back_makes_no_tables(tmp_path):
    lake = Lake(tmp_path / "lake", create=True)
    lake.commit("traces", [trace("t1")])
    marks(Lake(lake.path, as_of="1"))
    assert sorted(path.name for path in lake.path.iterdir()) == ["_marts", "lake.json", "traces"]


def test_what_was_is_read_and_not_written(grown):
    lake, moment = grown
    then = Lake(lake.path, as_of=moment)
    for write in (lambda: then.commit("traces", [trace("t3")]), lambda: compact(then), lambda: vacuum(then)):
        with pytest.raises(LakeError, match="nothing can be written"):
            write()


def test_a_look_back_stays_as_it_is_while_others_write(grown):
    lake, _ = grown
    then = Lake(lake.path, as_of=2)
    lake.commit("traces", [trace("t3")])
    assert len(marks(then)) == 2
    assert len(marks(lake)) == 3


def test_an_earlier_version_can_be_read_after_compaction_and_not_after_vacuum(grown):
    lake, _ = grown
    compact(lake)
    assert len(marks(Lake(lake.path, as_of=1))) == 1
    vacuum(lake, hours=0)
    with pytest.raises(LakeError, match=r"table traces cannot be read at version 1: 1 of its 1 files are gone"):
        marks(Lake(lake.path, as_of=1))
    assert len(marks(lake)) == 2


def test_vacuum_keeps_the_versions_that_a_manifest_names(grown):
    lake, _ = grown
    folder = lake.path / "releases" / "first-0123"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"name": "first", "versions": {"traces": 1, "verdicts": 1}}))
    compact(lake)
    for number in range(3, 6):
        lake.commit("traces", [trace(f"t{number}")])
    compact(lake)
    vacuum(lake, hours=0)
    assert marks(Lake(lake.path, as_of="first")) == [("t1", True)]
    with pytest.raises(LakeError, match="cannot be read at version 4"):
        marks(Lake(lake.path, as_of=4))


@pytest.mark.parametrize(
    ("moment", "error", "says"),
    [
        ("2020-01-01", LakeError, r"was empty at 2020-01-01: its first table is of 20\d\d"),
        (datetime.now(UTC) - timedelta(days=9999), LakeError, "was empty at"),
        ("99", LakeError, "table traces has no version 99; expected 0 to 2"),
        ("selections=0", LakeError, "table selections has no version 0; expected none, for the table does not exist"),
        ("yesterday", BadInput, "expected a time such as"),
        ("tracks=1", BadInput, "no table 'tracks'; expected problems"),
        ({"tracks": 1}, BadInput, "no table 'tracks'; expected problems"),
    ],
)
def test_what_is_no_moment_of_the_lake_is_bad_input(grown, moment, error, says):
    with pytest.raises(error, match=says):
        Lake(grown[0].path, as_of=moment)


def test_a_lake_of_a_moment_is_never_created(tmp_path):
    with pytest.raises(LakeError, match="no lake at"):
        Lake(tmp_path / "lake", create=True, as_of="1")
