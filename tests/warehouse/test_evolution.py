import json

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from handmade import fill, trace

from warehouse.errors import LakeError
from warehouse.lake import Lake
from warehouse.lake.tables import OLDEST, SCHEMA_VERSION, SCHEMAS
from warehouse.lake.upkeep import compact

RAW = [trace("t1"), trace("t2", completion="5")]
LATER = ["mean_logprob", "spans"]


@pytest.fixture
def old(tmp_path):
    """A lake of the oldest schema, whose traces lack two columns and whose log knows nothing of today's properties."""
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "lake.json").write_text(json.dumps({"schema": OLDEST}))
    columns = [column for column in SCHEMAS["traces"] if column.name not in LATER]
    made = DeltaTable.create(str(folder / "traces"), pa.schema(columns), name="traces")
    made.create_write_transaction([], "append", made.schema())
    from deltalake.writer import write_deltalake

    write_deltalake(str(folder / "traces"), pa.Table.from_pylist(RAW, schema=pa.schema(columns)), mode="append")
    return folder


def table_of(folder, *columns):
    """A lake with a table of problems that has these columns."""
    Lake(folder, create=True)
    DeltaTable.create(str(folder / "problems"), pa.schema(columns), name="problems")
    return Lake(folder)


def test_an_older_lake_is_read_and_stays_as_it_is(old):
    lake = Lake(old)
    rows = lake.sql("SELECT trace_id, mean_logprob, spans FROM traces ORDER BY 1").rows()
    assert rows == [("t1", None, None), ("t2", None, None)]
    assert lake.scan("traces").collect().columns == SCHEMAS["traces"].names
    assert lake.sql("SELECT count(*) FROM marks").item() == 2
    assert json.loads((old / "lake.json").read_text()) == {"schema": OLDEST}
    assert lake.versions()["traces"] == 2


def test_the_first_commit_brings_an_older_lake_up_to_date(old):
    lake = Lake(old)
    assert lake.commit("traces", [trace("t2"), trace("t3", mean_logprob=-0.5)]) == 1
    assert json.loads((old / "lake.json").read_text()) == {"schema": SCHEMA_VERSION}
    rows = Lake(old).sql("SELECT trace_id, mean_logprob FROM traces ORDER BY 1").rows()
    assert rows == [("t1", None), ("t2", None), ("t3", -0.5)]
    assert Lake(old).scan("traces").collect().height == 3
    assert lake.commit("traces", [trace("t1"), trace("t4")]) == 1


def test_an_older_lake_is_compacted_and_filled_like_any_other(old):
    lake = fill(Lake(old))
    before = lake.scan("traces").sort("trace_id").collect()
    compact(lake)
    assert lake.scan("traces").sort("trace_id").collect().equals(before)
    assert lake.sql("SELECT count(*) FROM marks").item() == before.height


def test_two_writers_may_bring_it_up_to_date_at_once(old):
    first, second = Lake(old), Lake(old)
    assert first.commit("traces", [trace("t3", mean_logprob=-1.0)]) == 1
    assert second.commit("traces", [trace("t4", mean_logprob=-2.0)]) == 1
    assert second.sql("SELECT sum(mean_logprob) FROM traces").item() == -3.0


def test_the_log_keeps_no_least_and_greatest_text(lake):
    lake.commit("traces", [trace("t1", completion="a text that is nobody's business")])
    for file in (lake.path / "traces" / "_delta_log").glob("*.json"):
        assert "business" not in file.read_text()


def test_a_column_of_another_type_is_refused(tmp_path):
    lake = table_of(tmp_path / "lake", ("problem_id", pa.string()), ("prompt", pa.int64()))
    for use in (lambda: lake.sql("FROM problems"), lambda: lake.commit("problems", [{"problem_id": "p1"}])):
        with pytest.raises(LakeError, match="table problems, column prompt: found long, expected string"):
            use()


def test_an_unknown_column_that_must_not_be_null_is_refused(tmp_path):
    columns = [*SCHEMAS["problems"], pa.field("owner", pa.string(), nullable=False)]
    lake = table_of(tmp_path / "lake", *columns)
    with pytest.raises(LakeError, match="table problems, column owner: found string that must not be null"):
        lake.commit("problems", [{"problem_id": "p1"}])


def test_an_unknown_column_that_may_be_null_is_let_be(tmp_path):
    lake = table_of(tmp_path / "lake", *SCHEMAS["problems"], pa.field("owner", pa.string()))
    assert lake.commit("problems", [{"problem_id": "p1"}]) == 1
    assert lake.sql("FROM problems").columns == SCHEMAS["problems"].names
    assert lake.scan("problems").collect().columns == SCHEMAS["problems"].names
    assert "owner" in DeltaTable(str(lake.path / "problems")).to_pyarrow_table().column_names
