import json

import polars as pl
import pytest

from warehouse.errors import SourceError
from warehouse.importing import import_traces

CHAT = {
    "messages": [
        {"role": "system", "content": "Think."},
        {"role": "user", "content": "2 + 2?"},
        {"role": "assistant", "content": "<think>sum</think>4"},
    ]
}
SHAREGPT = {"conversations": [{"from": "human", "value": "2 + 2?"}, {"from": "gpt", "value": "<think>sum</think>4"}]}
PAIR = {"prompt": "2 + 2?", "completion": "<think>sum</think>4"}
ALPACA = {"instruction": "2 + 2?", "output": "<think>sum</think>4"}


def jsonl(folder, *rows, name="theirs.jsonl"):
    file = folder / name
    file.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return file


@pytest.mark.parametrize("row", [CHAT, SHAREGPT, PAIR, ALPACA])
def test_every_known_form_becomes_a_problem_and_a_trace(lake, tmp_path, row):
    assert import_traces(lake, jsonl(tmp_path, row)) == {"problems": 1, "answer_keys": 0, "traces": 1}
    (found,) = lake.sql(
        "SELECT prompt, completion, t.messages, source FROM traces t JOIN problems USING (problem_id)"
    ).rows()
    assert found[:2] == ("2 + 2?", "<think>sum</think>4")
    assert found[2][-1] == {"role": "user", "content": "2 + 2?"}
    assert found[3] == "import/theirs"


def test_rows_of_different_forms_may_stand_in_one_file(lake, tmp_path):
    file = jsonl(tmp_path, CHAT, SHAREGPT | {"answer": "4"}, {"prompt": "1 + 1?", "completion": "2"})
    assert import_traces(lake, file) == {"problems": 2, "answer_keys": 1, "traces": 3}


def test_a_system_message_is_kept_as_the_model_saw_it(lake, tmp_path):
    import_traces(lake, jsonl(tmp_path, CHAT))
    assert lake.scan("traces").collect()["messages"].to_list()[0] == CHAT["messages"][:2]


def test_parquet_is_read_like_jsonl(lake, tmp_path):
    pl.DataFrame([CHAT | {"answers": ["4", "four"], "model": "ada"}]).write_parquet(tmp_path / "theirs.parquet")
    assert import_traces(lake, tmp_path / "theirs.parquet", verifier="number")["traces"] == 1
    assert lake.sql("SELECT answers, verifier FROM answer_keys").rows() == [(["4", "four"], "number")]
    assert lake.sql("SELECT model, engine FROM traces").rows() == [("ada", "import")]


def test_for_a_judge_there_need_be_no_answers(lake, tmp_path):
    file = jsonl(tmp_path, {"prompt": "Write.", "completion": "a"}, PAIR | {"answer": "4"}, PAIR | {"completion": "b"})
    import_traces(lake, file, verifier="judge")
    keys = lake.sql("SELECT prompt, answers, verifier FROM answer_keys JOIN problems USING (problem_id) ORDER BY ALL")
    assert keys.rows() == [("2 + 2?", ["4"], "judge"), ("Write.", [], "judge")]


@pytest.mark.parametrize(("answer", "listed"), [("4", ["4"]), (0, ["0"]), (["4", "four"], ["4", "four"])])
def test_the_answer_becomes_an_answer_key(lake, tmp_path, answer, listed):
    field = "answers" if isinstance(answer, list) else "answer"
    import_traces(lake, jsonl(tmp_path, PAIR | {field: answer}))
    assert lake.sql("SELECT answers FROM answer_keys").rows() == [(listed,)]


def test_importing_twice_adds_nothing(lake, tmp_path):
    file = jsonl(tmp_path, CHAT | {"answer": "4"}, PAIR, PAIR)
    assert import_traces(lake, file) == {"problems": 1, "answer_keys": 1, "traces": 3}
    assert import_traces(lake, file) == {"problems": 0, "answer_keys": 0, "traces": 0}


def test_a_corrected_answer_is_a_new_key_and_the_old_one_can_come_back(lake, tmp_path):
    for answer in ("4", "5", "4"):
        added = import_traces(lake, jsonl(tmp_path, PAIR | {"answer": answer}))
        assert added["answer_keys"] == 1
        assert lake.sql("SELECT answers FROM current_keys").rows() == [([answer],)]
    assert lake.sql("SELECT count(*) FROM traces").rows() == [(1,)]


def test_of_two_answers_to_one_problem_the_last_in_the_file_counts(lake, tmp_path):
    file = jsonl(tmp_path, PAIR | {"answer": "5"}, PAIR | {"answer": "4"})
    assert import_traces(lake, file)["answer_keys"] == 1
    assert import_traces(lake, file)["answer_keys"] == 0
    assert lake.sql("SELECT answers FROM current_keys").rows() == [(["4"],)]


def test_one_text_written_twice_is_two_traces_and_several_samples_are_numbered(lake, tmp_path):
    import_traces(lake, jsonl(tmp_path, PAIR, PAIR, PAIR | {"completion": "5"}))
    traces = lake.scan("traces").collect()
    assert traces["trace_id"].n_unique() == 3
    assert sorted(traces["sample_index"]) == [0, 1, 2]


@pytest.mark.parametrize(
    "row",
    [
        "not json",
        "42",
        {"text": "just text"},
        {"prompt": "2 + 2?"},
        {"prompt": None, "completion": "4"},
        {"messages": [{"role": "assistant", "content": "4"}]},
        {"messages": [{"role": "user", "content": "2 + 2?"}]},
        {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "robot", "content": "4"}]},
        {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": None}]},
        {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant"}]},
        {"messages": "2 + 2?"},
        {"messages": ["2 + 2?", "4"]},
        {"messages": [None, None]},
        {"messages": [{"role": "user", "content": 2}, {"role": "assistant", "content": 4}]},
        {
            "messages": [
                {"role": "user", "content": [{"type": "text"}]},
                {"role": "assistant", "content": [{"type": "text"}]},
            ]
        },
        {"conversations": [{"from": "human", "value": "2 + 2?"}, {"from": "gpt", "value": None}]},
    ],
)
@pytest.mark.parametrize("before", [[], [PAIR]])
def test_a_malformed_row_is_a_source_error_and_nothing_is_committed(lake, tmp_path, row, before):
    with pytest.raises(SourceError, match=r"theirs\.jsonl"):
        import_traces(lake, jsonl(tmp_path, *before, row))
    assert lake.scan("traces").collect().is_empty()
    assert lake.scan("problems").collect().is_empty()


def test_the_error_names_the_row_and_what_was_expected(lake, tmp_path):
    with pytest.raises(SourceError, match=r"row 2: expected messages, conversations, or a prompt"):
        import_traces(lake, jsonl(tmp_path, PAIR, {"text": "just text"}))


@pytest.mark.parametrize(
    "name", ["theirs.csv", "theirs", "missing.jsonl", "missing.parquet", "broken.parquet", "empty.jsonl"]
)
def test_a_file_that_cannot_be_read_is_a_source_error(lake, tmp_path, name):
    if not name.startswith("missing"):
        (tmp_path / name).write_text("")
    with pytest.raises(SourceError, match=name):
        import_traces(lake, tmp_path / name)
