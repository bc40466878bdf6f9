import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hub import StandInHub

from warehouse import ids
from warehouse.claims import claim
from warehouse.errors import BadInput, RunFailed, SourceError
from warehouse.importing import import_traces, staging
from warehouse.importing.origin import origin_of
from warehouse.lake import Lake

ROOT = Path(__file__).parents[2]
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
OPENR1 = {
    "problem": "2 + 2?",
    "answer": "4",
    "uuid": "u-1",
    "source": "olympiads",
    "generations": ["<think>sum</think>4", "<think>sum</think>5"],
    "correctness_math_verify": [True, False],
    "correctness_llama": [None, True],
    "is_reasoning_complete": [True, True],
}


def jsonl(folder, *rows, name="theirs.jsonl"):
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return file


def new(made):
    return made.new["problems"], made.new["answer_keys"], made.new["traces"]


def everything(lake):
    """What of a lake does not hang on when it was written."""
    return {
        "problems": lake.sql("SELECT * EXCLUDE created_at FROM problems ORDER BY ALL").rows(),
        "keys": lake.sql("SELECT * EXCLUDE created_at FROM answer_keys ORDER BY ALL").rows(),
        "traces": lake.sql("SELECT * EXCLUDE created_at FROM traces ORDER BY trace_id").rows(),
        "verdicts": lake.sql("SELECT * EXCLUDE created_at FROM verdicts ORDER BY ALL").rows(),
    }


# What rows become


@pytest.mark.parametrize("row", [CHAT, SHAREGPT, PAIR, ALPACA])
def test_every_known_form_becomes_a_problem_and_a_trace(lake, tmp_path, row):
    assert new(import_traces(lake, jsonl(tmp_path, row))) == (1, 0, 1)
    (found,) = lake.sql(
        "SELECT prompt, completion, t.messages, source FROM traces t JOIN problems USING (problem_id)"
    ).rows()
    assert found[:2] == ("2 + 2?", "<think>sum</think>4")
    assert found[2][-1] == {"role": "user", "content": "2 + 2?"}
    assert found[3] == "import/theirs"


def test_ids_name_the_source_the_question_the_model_and_the_text(lake, tmp_path):
    import_traces(lake, jsonl(tmp_path, PAIR | {"model": "ada", "answer": "4"}, PAIR | {"model": "ada"}))
    problem = ids.problem_id("import/theirs", "2 + 2?")
    asked = ids.digest([{"role": "user", "content": "2 + 2?"}])
    weights = f"import:ada:{ids.text_hash(PAIR['completion'])}"
    assert lake.sql("SELECT trace_id, weights FROM traces ORDER BY sample_index").rows() == [
        (ids.trace_id(problem, asked, weights, "import", {}, (), again), "import:ada") for again in (0, 1)
    ]
    assert lake.sql("SELECT key_id FROM answer_keys").rows() == [(ids.key_id(problem, ["4"], "text", None),)]


def test_rows_of_different_forms_may_stand_in_one_file_and_it_is_said(lake, tmp_path):
    file = jsonl(tmp_path, CHAT, SHAREGPT | {"answer": "4"}, {"prompt": "1 + 1?", "completion": "2"})
    made = import_traces(lake, file)
    assert new(made) == (2, 1, 3)
    assert "rows are of several forms: messages 1, sharegpt 1, completion 1" in made.notes


def test_a_system_message_is_kept_as_the_model_saw_it(lake, tmp_path):
    import_traces(lake, jsonl(tmp_path, CHAT))
    assert lake.scan("traces").collect()["messages"].to_list()[0] == CHAT["messages"][:2]


def test_conversations_that_end_with_the_same_words_are_two_problems(lake, tmp_path):
    def about(thing):
        return {
            "messages": [
                {"role": "user", "content": f"I mean {thing}."},
                {"role": "assistant", "content": "Well?"},
                {"role": "user", "content": "How many?"},
                {"role": "assistant", "content": "Two."},
            ]
        }

    import_traces(lake, jsonl(tmp_path, about("eyes"), about("ears"), about("eyes")))
    problems = lake.sql("SELECT prompt, messages FROM problems ORDER BY prompt").rows()
    assert [prompt for prompt, _ in problems] == [
        f"user: I mean {thing}.\n\nassistant: Well?\n\nuser: How many?" for thing in ("ears", "eyes")
    ]
    assert problems[0][1] == about("ears")["messages"][:-1]


def test_parquet_is_read_like_jsonl(lake, tmp_path):
    pl.DataFrame([CHAT | {"answers": ["4", "four"], "model": "ada"}]).write_parquet(tmp_path / "theirs.parquet")
    assert import_traces(lake, tmp_path / "theirs.parquet", verifier="number").traces == 1
    assert lake.sql("SELECT answers, verifier FROM answer_keys").rows() == [(["4", "four"], "number")]
    assert lake.sql("SELECT model, engine FROM traces").rows() == [("ada", "import")]


def test_compressed_and_listed_rows_are_the_same_rows(tmp_path):
    rows = [PAIR | {"completion": f"{n} {'é' * 3000}"} for n in range(500)]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    (tmp_path / "t.jsonl").write_bytes(b"\xef\xbb\xbf\n" + text)
    (tmp_path / "t.jsonl.gz").write_bytes(gzip.compress(text[:1000]) + gzip.compress(text[1000:]))
    with pa.CompressedOutputStream(str(tmp_path / "t.jsonl.zst"), "zstd") as file:
        file.write(text)
    (tmp_path / "t.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1))
    pl.DataFrame(rows).write_parquet(tmp_path / "t.parquet")
    found = []
    for name in ("t.jsonl", "t.jsonl.gz", "t.jsonl.zst", "t.json", "t.parquet"):
        (place,) = origin_of(tmp_path / name).places
        found.append([row for _, row in place.rows()])
        assert [row for _, row in place.rows(497)] == rows[497:]
    assert all(one == rows for one in found)


def test_openr1_gives_a_trace_a_generation_and_keeps_what_else_it_says(lake, tmp_path):
    import_traces(
        lake, jsonl(tmp_path, OPENR1), licence="apache-2.0", model="deepseek-r1", domain="math", language="en"
    )
    (problem,) = lake.sql("SELECT * FROM problems").to_dicts()
    assert (problem["licence"], problem["domain"], problem["language"]) == ("apache-2.0", "math", "en")
    assert json.loads(problem["metadata"]) == {"source": "olympiads", "id": "u-1"}
    assert lake.sql("SELECT verifier, answers FROM answer_keys").rows() == [("math", ["4"])]
    assert lake.sql("SELECT completion, model, sample_index FROM traces ORDER BY sample_index").rows() == [
        ("<think>sum</think>4", "deepseek-r1", 0),
        ("<think>sum</think>5", "deepseek-r1", 1),
    ]


def test_a_null_among_generations_is_no_trace_and_its_label_goes_with_it(lake, tmp_path):
    row = OPENR1 | {"generations": [None, "5"], "correctness_llama": None, "is_reasoning_complete": None}
    made = import_traces(lake, jsonl(tmp_path, row))
    assert made.traces == 1
    assert made.notes == ["1 generations are null, and no traces"]
    assert lake.sql("SELECT outcome FROM verdicts").rows() == [("fail",)]


def test_for_a_judge_there_need_be_no_answers(lake, tmp_path):
    file = jsonl(tmp_path, {"prompt": "Write.", "completion": "a"}, PAIR | {"answer": "4"}, PAIR | {"completion": "b"})
    import_traces(lake, file, verifier="judge")
    keys = lake.sql("SELECT prompt, answers, verifier FROM answer_keys JOIN problems USING (problem_id) ORDER BY ALL")
    assert keys.rows() == [("2 + 2?", ["4"], "judge"), ("Write.", [], "judge")]


@pytest.mark.parametrize(
    ("answer", "listed"),
    [("4", ["4"]), (0, ["0"]), (4.0, ["4"]), (0.5, ["0.5"]), (["4", "four"], ["4", "four"]), (True, ["true"])],
)
def test_the_answer_becomes_an_answer_key(lake, tmp_path, answer, listed):
    field = "answers" if isinstance(answer, list) else "answer"
    import_traces(lake, jsonl(tmp_path, PAIR | {field: answer}))
    assert lake.sql("SELECT answers FROM answer_keys").rows() == [(listed,)]


@pytest.mark.parametrize("answer", [None, "", " ", []])
def test_without_an_answer_there_is_no_key(lake, tmp_path, answer):
    assert import_traces(lake, jsonl(tmp_path, PAIR | {"answer": answer})).answer_keys == 0


def test_columns_may_go_by_other_names_and_lie_within_others(lake, tmp_path):
    row = {"q": "2 + 2?", "said": "4", "prompt": "not this", "reward": {"truth": "four"}}
    columns = {"prompt": "q", "completion": "said", "answer": "reward.truth"}
    import_traces(lake, jsonl(tmp_path, row), columns=columns)
    assert lake.sql("SELECT prompt, answers FROM problems JOIN answer_keys USING (problem_id)").rows() == [
        ("2 + 2?", ["four"])
    ]


# Twice


def test_importing_twice_adds_nothing(lake, tmp_path):
    file = jsonl(tmp_path, CHAT | {"answer": "4"}, PAIR, PAIR, OPENR1)
    first = import_traces(lake, file)
    assert (first.new["problems"], first.new["traces"], first.new["labels"]) == (1, 5, 3)
    before = everything(lake)
    assert set(import_traces(lake, file).new.values()) == {0}
    assert everything(lake) == before


def test_a_file_that_has_grown_adds_what_is_new(lake, tmp_path):
    import_traces(lake, jsonl(tmp_path, PAIR))
    assert new(import_traces(lake, jsonl(tmp_path, PAIR, PAIR | {"completion": "5"}))) == (0, 0, 1)


def test_a_corrected_answer_is_a_new_key_and_the_old_one_can_come_back(lake, tmp_path):
    for answer in ("4", "5", "4"):
        added = import_traces(lake, jsonl(tmp_path, PAIR | {"answer": answer}))
        assert added.new["answer_keys"] == 1
        assert lake.sql("SELECT answers FROM current_keys").rows() == [([answer],)]
    assert lake.sql("SELECT count(*) FROM traces").rows() == [(1,)]


def test_of_two_answers_to_one_problem_the_last_in_the_file_counts(lake, tmp_path):
    file = jsonl(tmp_path, PAIR | {"answer": "5"}, PAIR | {"answer": "4"}, PAIR)
    assert import_traces(lake, file).new["answer_keys"] == 1
    assert import_traces(lake, file).new["answer_keys"] == 0
    assert lake.sql("SELECT answers FROM current_keys").rows() == [(["4"],)]


def test_one_text_written_twice_is_two_traces_and_several_samples_are_numbered(lake, tmp_path):
    import_traces(lake, jsonl(tmp_path, PAIR, PAIR, PAIR | {"completion": "5"}))
    traces = lake.scan("traces").collect()
    assert traces["trace_id"].n_unique() == 3
    assert sorted(traces["sample_index"]) == [0, 1, 2]


def test_a_row_that_is_there_twice_by_name_and_content_comes_in_once(lake, tmp_path):
    other = PAIR | {"id": "a", "completion": "5"}
    made = import_traces(lake, jsonl(tmp_path, PAIR | {"id": "a"}, PAIR | {"id": "b"}, other, PAIR | {"id": "a"}))
    assert (made.rows, made.traces) == (4, 3)
    assert "1 traces are of rows that are there twice" in made.notes[0]


def test_what_was_there_keeps_its_licence_and_it_is_said(lake, tmp_path):
    file = jsonl(tmp_path, PAIR)
    assert import_traces(lake, file, licence="mit").notes == []
    assert import_traces(lake, file, licence="mit").notes == []
    (note,) = import_traces(lake, file, licence="cc-by-4.0").notes
    assert note.startswith(
        "1 problems of import/theirs came with another licence than cc-by-4.0, and keep it; under ano"
    )
    assert lake.sql("SELECT licence FROM problems").rows() == [("mit",)]


# Labels


def test_labels_that_came_along_are_verdicts_of_their_own(lake, tmp_path):
    made = import_traces(lake, jsonl(tmp_path, OPENR1, SHAREGPT | {"correct": False}))
    assert made.labels == 4
    found = lake.sql(
        """SELECT completion, check_name, outcome FROM verdicts JOIN traces USING (trace_id, problem_id)
        ORDER BY sample_index, check_name"""
    )
    assert found.rows() == [
        ("<think>sum</think>4", "label:correctness_math_verify", "pass"),
        ("<think>sum</think>5", "label:correctness_llama", "pass"),
        ("<think>sum</think>5", "label:correctness_math_verify", "fail"),
        ("<think>sum</think>4", "label:correct", "fail"),
    ]


def test_labels_are_asked_about_and_accept_nothing(lake, tmp_path):
    import_traces(lake, jsonl(tmp_path, OPENR1))
    marks = lake.sql("SELECT outcomes ['label:correctness_math_verify'] AS theirs, accepted, correct FROM marks")
    assert sorted(marks.rows()) == [("fail", False, None), ("pass", False, None)]
    traces = lake.sql("SELECT trace_id, problem_id FROM traces ORDER BY sample_index").to_dicts()
    ours = [row | {"check_name": "answer", "version": 1, "outcome": "pass", "settings_hash": "s"} for row in traces]
    lake.commit("verdicts", ours)
    # The one that a label calls wrong is accepted all the same: we know better, or at least ourselves.
    assert lake.sql("SELECT accepted FROM marks").rows() == [(True,), (True,)]


@pytest.mark.parametrize(
    ("values", "labels"), [(["yes", "No"], ("ok",)), ([1, 0], ("ok",)), ([None, False], ("ok",)), ([True, True], ())]
)
def test_a_column_of_labels_can_be_named(lake, tmp_path, values, labels):
    import_traces(lake, jsonl(tmp_path, *(PAIR | {"ok": value} for value in values)), labels=labels)
    found = lake.sql("SELECT outcome FROM verdicts ORDER BY outcome DESC")["outcome"].to_list()
    assert found == (
        [{"yes": "pass", 1: "pass", None: "fail"}[values[0]], "fail"][: 1 + (None not in values)] if labels else []
    )


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (OPENR1 | {"correctness_llama": [True]}, "correctness_llama: found list .*; expected 2, one a generation"),
        (OPENR1 | {"correctness_llama": [0.7, 0.2]}, "correctness_llama: found list .*; expected true or false"),
    ],
)
def test_labels_that_do_not_fit_are_refused(lake, tmp_path, row, told):
    with pytest.raises(SourceError, match=told):
        import_traces(lake, jsonl(tmp_path, row))


# What is not understood


BAD = [
    "not json",
    "42",
    '{"prompt": "2 + 2?", "completion": "4"',
    {"text": "just text"},
    {"prompt": "2 + 2?"},
    {"prompt": None, "completion": "4"},
    {"prompt": " ", "completion": "4"},
    {"prompt": "2 + 2?", "completion": None},
    {"messages": [{"role": "assistant", "content": "4"}]},
    {"messages": [{"role": "user", "content": "2 + 2?"}]},
    {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "robot", "content": "4"}]},
    {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": None}]},
    {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant"}]},
    {"messages": []},
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
    {"problem": "2 + 2?", "generations": [None]},
    {"problem": "2 + 2?", "generations": ["4"], "finish_reasons": ["stop", "stop"]},
    PAIR | {"answer": {"is": "4"}},
]


@pytest.mark.parametrize("row", BAD)
def test_a_malformed_row_is_a_source_error_and_nothing_is_committed(lake, tmp_path, row, monkeypatch):
    monkeypatch.setattr(staging, "ROWS", 1)  # also when parts before it have been staged already
    with pytest.raises(SourceError, match=r"theirs\.jsonl, line 3.*Nothing was imported; --skip-bad"):
        import_traces(lake, jsonl(tmp_path, PAIR, PAIR, row))
    assert lake.scan("traces").collect().is_empty()
    assert lake.scan("problems").collect().is_empty()
    assert not list((lake.path / "_imports").iterdir())


def test_bad_rows_can_be_left_out_and_stand_beside_the_file_with_what_is_wrong(lake, tmp_path):
    made = import_traces(lake, jsonl(tmp_path, PAIR, *BAD, CHAT), skip_bad=True)
    assert made.rows == 2
    assert made.rejected == {
        "not_text": 8,
        "no_completion": 5,
        "not_json": 3,
        "no_form": 2,
        "no_prompt": 2,
        "unknown_role": 1,
        "labels": 1,
        "answer": 1,
    }
    lines = [json.loads(line) for line in (tmp_path / "theirs.jsonl.rejected.jsonl").read_text().splitlines()]
    assert made.rejected_to == str(tmp_path / "theirs.jsonl.rejected.jsonl")
    assert [line["line"] for line in lines] == list(range(2, 2 + len(BAD)))
    assert [line["row"] for line in lines if "row" in line] == [row for row in BAD if isinstance(row, dict)]
    assert all(line["told"].startswith(f"{tmp_path / 'theirs.jsonl'}, line {line['line']}: ") for line in lines)


def test_the_error_names_file_line_field_what_was_found_and_what_was_expected(lake, tmp_path):
    with pytest.raises(
        SourceError, match=r"theirs\.jsonl, line 2: columns: found str 'text'; expected problem and gen"
    ):
        import_traces(lake, jsonl(tmp_path, PAIR, {"text": "just text"}))
    with pytest.raises(
        SourceError, match=r"line 1: messages\[1\]\.role: found str 'robot'; expected one of user, human"
    ):
        import_traces(lake, jsonl(tmp_path, BAD[10]))


def test_a_form_that_is_named_is_held_to(lake, tmp_path):
    with pytest.raises(SourceError, match="line 1: problem: found NoneType None; expected text"):
        import_traces(lake, jsonl(tmp_path, PAIR), form="openr1")
    with pytest.raises(BadInput, match="no form called 'alpaca'"):
        import_traces(lake, jsonl(tmp_path, PAIR), form="alpaca")


@pytest.mark.parametrize("said", [{"columns": {"model": "teacher"}}, {"labels": ("ok",)}])
def test_a_column_that_no_row_has_is_refused(lake, tmp_path, said):
    with pytest.raises(SourceError, match=r"no row has a column '(teacher|ok)'; they have completion, prompt"):
        import_traces(lake, jsonl(tmp_path, PAIR), **said)


def test_nothing_but_bad_rows_is_refused_also_where_they_may_be_left_out(lake, tmp_path):
    with pytest.raises(SourceError, match=r"theirs: no rows that could be imported: .*line 1: expected a JSON object"):
        import_traces(lake, jsonl(tmp_path, "not json"), skip_bad=True)


def test_values_that_are_nested_without_end_are_refused_like_others(lake, tmp_path):
    nested = [f'{{"prompt": {"[" * depth}{"]" * depth}, "completion": "4"}}' for depth in range(100, 1100, 7)]
    made = import_traces(lake, jsonl(tmp_path, PAIR, *nested), skip_bad=True)
    assert (made.rows, sum(made.rejected.values())) == (1, len(nested))


def test_nul_characters_stay_and_half_characters_are_replaced_and_told(lake, tmp_path):
    file = tmp_path / "theirs.jsonl"
    file.write_text(
        '{"prompt": "a\\u0000b?", "completion": "<think>\\ud83d</think>c\\u0000d", "note": "\\udc00\\u0000"}\n'
    )
    made = import_traces(lake, file)
    (row,) = lake.sql("SELECT prompt, completion, response(completion) AS said, p.metadata ->> 'note' AS note "
                      "FROM traces JOIN problems p USING (problem_id)").rows()  # fmt: skip
    assert row == ("a\0b?", "<think>\ufffd</think>c\0d", "c\0d", "\ufffd\0")
    assert made.notes == ["1 rows held half characters (lone surrogates); each became U+FFFD"]
    assert set(import_traces(lake, file).new.values()) == {0}


# Files


@pytest.mark.parametrize(
    "name", ["theirs.csv", "theirs", "missing.jsonl", "missing.parquet", "empty.parquet", "empty.jsonl", "blank.jsonl"]
)
def test_a_file_that_cannot_be_read_is_a_source_error(lake, tmp_path, name):
    if not name.startswith("missing"):
        (tmp_path / name).write_text("\n\n" if name.startswith("blank") else "")
    with pytest.raises(SourceError, match=name.split(".")[0]):
        import_traces(lake, tmp_path / name)


def test_a_suffix_that_lies_is_found_out(lake, tmp_path):
    good = tmp_path / "good.parquet"
    pl.DataFrame([PAIR]).write_parquet(good)
    for content, name, told in (
        (json.dumps(PAIR).encode(), "a.parquet", "ends in .parquet, but begins like a .jsonl file"),
        (good.read_bytes(), "b.jsonl", "ends in .jsonl, but begins like a .parquet file"),
        (gzip.compress(b"{}"), "c.jsonl", "ends in .jsonl, but begins like a .jsonl.gz file"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceError, match=told):
            import_traces(lake, tmp_path / name)


@pytest.mark.parametrize("how", ["cut", "holed", "cut.gz"])
def test_a_damaged_file_is_refused_and_nothing_of_it_is_committed(lake, tmp_path, how):
    rows = [PAIR | {"completion": os.urandom(500).hex()} for _ in range(3000)]
    if how == "cut.gz":
        file = tmp_path / "theirs.jsonl.gz"
        file.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())[:-5000])
    else:
        file = tmp_path / "theirs.parquet"
        pl.DataFrame(rows).write_parquet(file, row_group_size=500)
        content = bytearray(file.read_bytes())
        content[len(content) // 2 : len(content) // 2 + 5000] = b"\0" * 5000
        file.write_bytes(content[:-2000] if how == "cut" else content)
    with pytest.raises(SourceError, match=r"theirs\.(parquet|jsonl\.gz).* cannot be read as (Parquet|gzip)"):
        import_traces(lake, file, skip_bad=True)
    assert lake.scan("traces").collect().is_empty()


def test_a_folder_is_imported_whole_and_called_after_itself(lake, tmp_path):
    folder = tmp_path / "set"
    jsonl(folder, PAIR, name="b.jsonl")
    pl.DataFrame([{"prompt": "1 + 1?", "completion": "2", "answer": "2"}]).write_parquet(folder / "a.parquet")
    jsonl(folder, {"text": "rejected before"}, name="a.parquet.rejected.jsonl")
    (folder / "README.md").write_text("# Theirs")
    made = import_traces(lake, folder)
    assert (made.source, new(made)) == ("import/set", (2, 1, 2))
    assert made.notes == [f"column answer is in 1 of 2 files, and not in {folder / 'b.jsonl'}"]


def test_several_files_need_a_name_together(lake, tmp_path):
    for number in range(3):
        jsonl(tmp_path, PAIR | {"completion": str(number)}, name=f"part-{number}.jsonl")
    pattern = str(tmp_path / "part-*.jsonl")
    with pytest.raises(SourceError, match="3 files; say what they are called together: --source NAME"):
        import_traces(lake, pattern)
    made = import_traces(lake, pattern, source="parts")
    assert (made.source, new(made)) == ("import/parts", (1, 0, 3))
    with pytest.raises(SourceError, match="--source 'a b': expected a name without blanks"):
        import_traces(lake, pattern, source="a b")
    with pytest.raises(SourceError, match="no file is called like that"):
        import_traces(lake, str(tmp_path / "other-*.jsonl"))
    (tmp_path / "nothing").mkdir()
    with pytest.raises(SourceError, match="no file in it that could be imported"):
        import_traces(lake, tmp_path / "nothing")


def test_a_shard_whose_column_has_another_type_is_read_all_the_same(lake, tmp_path):
    jsonl(tmp_path / "set", PAIR | {"answer": 4, "id": 1}, name="a.jsonl")
    jsonl(tmp_path / "set", {"prompt": "1 + 1?", "completion": "2", "answer": "2", "id": "x"}, name="b.jsonl")
    import_traces(lake, tmp_path / "set")
    assert lake.sql("SELECT answers FROM answer_keys ORDER BY ALL").rows() == [(["2"],), (["4"],)]


def test_without_a_network_a_dataset_of_the_hub_is_a_clear_error(lake):
    with pytest.raises(SourceError, match=r"hub:org/name: the Hub does not give it \(OfflineModeIsEnabled"):
        import_traces(lake, "hub:org/name")
    with pytest.raises(SourceError, match="hub: : expected hub:ORG/NAME"):
        import_traces(lake, "hub: ")


FROM_THE_HUB = """
import json, sys
from huggingface_hub import HfApi
from warehouse.importing import import_traces
from warehouse.lake import Lake

file, lake = sys.argv[1:3]
api = HfApi()
api.create_repo("them/sums", repo_type="dataset")
for rows in ("data/train-00000.parquet", "other/test-00000.parquet"):
    api.upload_file(path_or_fileobj=file, path_in_repo=rows, repo_id="them/sums", repo_type="dataset")
first = api.dataset_info("them/sums").sha
api.upload_file(path_or_fileobj=b"# Sums", path_in_repo="README.md", repo_id="them/sums", repo_type="dataset")
said = ("hub:them/sums", "hub:them/sums@" + first, "hub:them/sums:default:test", "hub:them/sums::nope", "hub:them/none")
for what in said:
    try:
        made = import_traces(Lake(lake, create=True), what, model="ada")
        print(json.dumps([made.source, made.rows, made.new["traces"]]))
    except Exception as error:
        print(json.dumps([type(error).__name__, str(error)]))
"""


def test_a_dataset_of_the_hub_is_read_as_it_comes(tmp_path):
    file = tmp_path / "rows.parquet"
    pl.DataFrame(many(30)).write_parquet(file, row_group_size=10)
    with StandInHub(tmp_path / "hub") as server:
        environment = os.environ | server.environment(tmp_path / "home") | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", FROM_THE_HUB, file, tmp_path / "lake"]
        told = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    newest, pinned, split, no_split, no_set = map(json.loads, told.stdout.splitlines())
    assert newest == ["import/sums", 30, 60]
    assert pinned == ["import/sums", 30, 0]
    assert split == ["import/sums", 30, 0]
    assert no_split[0] == no_set[0] == "SourceError"
    assert "nope" in no_split[1]
    assert "hub:them/none: the Hub does not give it (RepositoryNotFoundError" in no_set[1]


# Stopped and gone on


def many(count):
    return [
        {"problem": f"{n} + 1?", "generations": [f"{n + 1}", f"{n} {'x' * 50}"], "answer": n + 1, "uuid": f"u{n}",
         "correctness_math_verify": [True, False]}
        for n in range(count)
    ]  # fmt: skip


SMALL_PARTS = """
import sys
from warehouse.importing import import_traces, staging
from warehouse.lake import Lake

staging.ROWS = 10
import_traces(Lake(sys.argv[1], create=True), sys.argv[2])
"""


def importing_in_small_parts(lake, file):
    return subprocess.Popen([sys.executable, "-c", SMALL_PARTS, lake, file], cwd=ROOT)


def test_killed_anywhere_and_run_again_it_is_as_if_nothing_had_happened(tmp_path):
    file = jsonl(tmp_path, *many(40))
    whole = Lake(tmp_path / "whole", create=True)
    import_traces(whole, file)
    lake = tmp_path / "lake"
    Lake(lake, create=True)
    kills, looked = 0, [lambda: list(lake.glob("_imports/*/0000*.json")), lambda: list(lake.glob("traces/*.parquet"))]
    for there in looked:
        before = len(there())
        process = importing_in_small_parts(lake, file)
        while process.poll() is None and len(there()) <= before:
            time.sleep(0.001)
        kills += process.poll() is None
        process.kill()
        process.wait()
    assert kills == 2
    assert importing_in_small_parts(lake, file).wait() == 0
    assert everything(Lake(lake)) == everything(whole)
    assert not list((lake / "_imports").iterdir())
    assert not list((lake / "_imports").iterdir())


def test_a_run_that_stops_between_parts_goes_on_after_the_last(lake, tmp_path, monkeypatch):
    monkeypatch.setattr(staging, "ROWS", 10)
    file = jsonl(tmp_path, *many(40))
    real, seen = lake.commit, []

    def commit(name, rows, shard=None):
        seen.append(name)
        if len(seen) == 9:
            raise OSError(28, "No space left on device")
        return real(name, rows, shard)

    monkeypatch.setattr(lake, "commit", commit)
    with pytest.raises(OSError, match="No space"):
        import_traces(lake, file)
    monkeypatch.setattr(lake, "commit", real)
    made = import_traces(lake, file)
    assert made.new["traces"] + made.new["problems"] + made.new["answer_keys"] + made.new["labels"] > 0
    assert lake.sql("SELECT count(*), count(DISTINCT trace_id) FROM traces").rows() == [(80, 80)]
    assert lake.sql("SELECT count(*), count(DISTINCT problem_id) FROM answer_keys").rows() == [(40, 40)]
    assert lake.sql("SELECT count(*) FROM verdicts").rows() == [(80,)]


def test_parts_change_nothing_of_what_is_imported(tmp_path, monkeypatch):
    rows = [*many(9), *many(3), {"problem": "0 + 1?", "generations": ["1"], "answer": "one"}]
    file = jsonl(tmp_path, *rows)
    whole, parts = Lake(tmp_path / "whole", create=True), Lake(tmp_path / "parts", create=True)
    import_traces(whole, file)
    monkeypatch.setattr(staging, "ROWS", 3)
    import_traces(parts, file)
    assert everything(parts) == everything(whole)
    assert whole.sql(
        "SELECT answers FROM current_keys JOIN problems USING (problem_id) WHERE prompt = '0 + 1?'"
    ).rows() == [(["one"],)]


def test_a_file_that_is_changed_meanwhile_is_found_out(lake, tmp_path):
    file = jsonl(tmp_path, *many(20))

    class Meddler:
        def __getattr__(self, name):
            from contextlib import nullcontext

            return {"stage": lambda *_: nullcontext(), "advance": lambda *_, **__: None}.get(name, self.say)

        def say(self, line):
            pass

    watch = Meddler()
    watch.stage = lambda label, total: (file.write_text(file.read_text() + "\n"), Meddler().stage(label, total))[1]
    with pytest.raises(RunFailed, match=r"theirs\.jsonl was changed while it was being imported"):
        import_traces(lake, file, watch=watch)
    assert lake.scan("traces").collect().is_empty()


def test_an_import_is_written_down_with_what_came_in(lake, tmp_path):
    file = jsonl(tmp_path, OPENR1)
    made = import_traces(lake, file, licence="mit")
    (event,) = lake.sql("SELECT * FROM runs").to_dicts()
    told = json.loads(event["counters"])
    assert event["event"] == "imported"
    assert told["new"] == made.new
    assert told["options"]["licence"] == "mit"
    assert lake.sql("SELECT DISTINCT run_id FROM traces").rows() == [(event["run_id"],)]


def test_parquet_without_rows_is_refused(lake, tmp_path):
    pq.write_table(pa.table({"prompt": pa.array([], pa.string())}), tmp_path / "none.parquet")
    with pytest.raises(SourceError, match="none: no rows that could be imported: there are none"):
        import_traces(lake, tmp_path / "none.parquet")


def test_one_import_is_done_by_one_process_at_a_time(lake, tmp_path):
    file = jsonl(tmp_path, PAIR)
    import_traces(lake, file)
    (run_id,) = lake.sql("SELECT run_id FROM runs")["run_id"]
    with claim(lake.path, run_id), pytest.raises(RunFailed, match="another process is importing theirs"):
        import_traces(lake, file)
    assert set(import_traces(lake, file).new.values()) == {0}


def test_what_was_staged_of_a_file_that_has_changed_since_is_dropped(lake, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    file = jsonl(tmp_path, PAIR)
    with monkeypatch.context() as patch:
        patch.setattr(lake, "commit", full)
        with pytest.raises(OSError, match="No space"):
            import_traces(lake, file)
    (staged,) = (lake.path / "_imports").iterdir()
    assert import_traces(lake, jsonl(tmp_path, PAIR, CHAT)).traces == 2
    assert not staged.exists()
