"""Forms of dataset: what a row of each says, and that what is exported comes back the same."""

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse import forms
from warehouse.errors import BadInput
from warehouse.forms.form import Odd
from warehouse.forms.openthoughts import tagged, untagged
from warehouse.importing import import_traces
from warehouse.lake import Lake
from warehouse.lake.tables import message

CHAT = [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "<think>\nsum\n</think>\n\n4"}]
SHAREGPT = [{"from": "human", "value": "2 + 2?"}, {"from": "gpt", "value": "<think>\nsum\n</think>\n\n4"}]
OPENR1 = {
    "problem": "2 + 2?",
    "solution": "It is $4$.",
    "answer": "4",
    "problem_type": "Algebra",
    "question_type": "math-word-problem",
    "source": "olympiads",
    "uuid": "u-1",
    "is_reasoning_complete": [True, False],
    "generations": ["<think>\nsum\n</think>\n\n4", "<think>\nlet me"],
    "correctness_math_verify": [True, False],
    "correctness_llama": None,
    "finish_reasons": None,
    "correctness_count": 1,
    "messages": CHAT,
}
OPENTHOUGHTS = {
    "system": "Think first.",
    "conversations": [
        {"from": "user", "value": "2 + 2?"},
        {
            "from": "assistant",
            "value": "<|begin_of_thought|>\n\nsum\n\n<|end_of_thought|>\n\n"
            "<|begin_of_solution|>\n\n4\n\n<|end_of_solution|>",
        },
    ],
}


def completions(name, row):
    return [one and one.completion for one in forms.get(name).read(row).generations]


@pytest.mark.parametrize(
    ("row", "form"),
    [
        (OPENR1, "openr1"),
        (OPENTHOUGHTS, "openthoughts"),
        (
            {"problem": "2 + 2?", "deepseek_reasoning": "sum", "deepseek_solution": "4", "domain": "math"},
            "openthoughts",
        ),
        ({"conversations": SHAREGPT, "difficulty": 3, "source": "x", "domain": "math"}, "sharegpt"),
        ({"id": "a", "conversations": SHAREGPT}, "sharegpt"),
        ({"messages": CHAT}, "messages"),
        ({"messages": CHAT, "prompt": "2 + 2?", "source": "x"}, "messages"),
        ({"prompt": "2 + 2?", "completion": "4"}, "completion"),
        ({"question": "2 + 2?", "responses": ["4", "5"]}, "completion"),
        ({"instruction": "Add.", "input": "2, 2", "output": "4"}, "completion"),
    ],
)
def test_a_row_is_known_by_its_columns(row, form):
    assert forms.of(row.keys()).name == form


@pytest.mark.parametrize("row", [{"text": "2 + 2? 4"}, {"prompt": "2 + 2?"}, {"completion": "4"}, {}])
def test_a_row_of_no_form_is_known_as_none(row):
    assert forms.of(row.keys()) is None


def test_an_unknown_form_is_refused_with_those_there_are():
    with pytest.raises(BadInput, match="no form called 'alpaca'; expected one of openr1, openthoughts"):
        forms.get("alpaca")


def test_openr1_has_a_list_of_generations_each_with_its_end():
    entry = forms.get("openr1").read(OPENR1)
    assert entry.messages == CHAT[:1]
    assert [one.completion for one in entry.generations] == OPENR1["generations"]
    assert [one.finish_reason for one in entry.generations] == ["stop", "length"]
    given = forms.get("openr1").read(OPENR1 | {"finish_reasons": ["length", "stop"], "is_reasoning_complete": None})
    assert [one.finish_reason for one in given.generations] == ["length", "stop"]


def test_openr1_says_proof_where_there_is_no_answer_and_letters_are_choices():
    assert forms.get("openr1").read(OPENR1 | {"answer": "proof"}).answers == []
    assert forms.get("openr1").read(OPENR1 | {"answer": "B", "question_type": "MCQ"}).verifier == "choice"
    assert forms.get("openr1").read(OPENR1 | {"answer": "12", "question_type": "MCQ"}).verifier is None


@pytest.mark.parametrize(
    ("change", "reason", "told"),
    [
        ({"problem": None}, "no_prompt", "problem: found NoneType None; expected text"),
        ({"problem": "  "}, "no_prompt", "problem"),
        ({"generations": []}, "no_completion", r"generations: found list \[\]"),
        ({"generations": "4"}, "no_completion", "generations: found str '4'"),
        ({"generations": ["4", 5]}, "not_text", r"generations\[1\]: found int 5; expected text"),
        ({"finish_reasons": ["stop"]}, "labels", "finish_reasons: found list .*expected a list of 2"),
    ],
)
def test_what_openr1_does_not_have_is_said(change, reason, told):
    with pytest.raises(Odd, match=told) as raised:
        forms.get("openr1").read(OPENR1 | change)
    assert raised.value.reason == reason


def test_openthoughts_tags_become_thinking_inline_and_the_system_message_stays():
    entry = forms.get("openthoughts").read(OPENTHOUGHTS)
    assert entry.messages == [{"role": "system", "content": "Think first."}, {"role": "user", "content": "2 + 2?"}]
    assert entry.generations[0].completion == "<think>\n\nsum\n\n</think>\n\n4".replace("\n\nsum\n\n", "\nsum\n")


def test_openthoughts_metadata_is_put_together():
    row = {"problem": "2 + 2?", "deepseek_reasoning": "sum\n", "deepseek_solution": "4"}
    assert completions("openthoughts", row) == ["<think>\nsum\n</think>\n\n4"]


def test_later_openthoughts_think_inline_already():
    row = {"system": None, "conversations": SHAREGPT}
    assert completions("openthoughts", row) == [SHAREGPT[1]["value"]]


@pytest.mark.parametrize(
    "completion",
    [
        "<think>\nsum\n</think>\n\n4",
        "<think>sum</think>4",
        "<think>\n\nsum\n\n</think>\n\n\n\n4\n\n",
        "4",
        "",
        "\n4\n",
        "sum</think>4",
        "<think>\nnever ends",
        "<think>a</think> b <think>c</think>\n\nd",
        "a </think> then <think> again",
        "<think>\ncosts $5 or ${3}\n</think>\n\n\\boxed{4} \\1",
        "<think>\nsum\n</think>",
        "  <think>\nsum\n</think>\n4 \n",
    ],
)
def test_openthoughts_tags_go_on_and_come_off_without_a_trace(completion):
    (written,) = pl.select(tagged(pl.lit(completion))).to_series()
    assert untagged(written) == completion
    assert ("</think>" in completion) == ("<|end_of_thought|>" in written)


def test_sharegpt_may_have_many_turns_and_other_roles():
    turns = [
        {"from": "system", "value": "Be brief."},
        {"from": "human", "value": "2 + 2?"},
        {"from": "function_call", "value": "add(2, 2)"},
        {"from": "observation", "value": "4"},
        {"from": "gpt", "value": "It is 4."},
    ]
    entry = forms.get("sharegpt").read({"conversations": turns})
    assert [one["role"] for one in entry.messages] == ["system", "user", "assistant", "tool"]
    assert entry.generations[0].completion == "It is 4."


def test_a_column_with_the_system_message_comes_before_the_turns():
    entry = forms.get("sharegpt").read({"conversations": SHAREGPT, "system": "Be brief."})
    assert entry.messages[0] == {"role": "system", "content": "Be brief."}


def test_thinking_in_a_field_of_its_own_is_put_back():
    turn = {"role": "assistant", "content": "4", "reasoning_content": "sum"}
    assert completions("messages", {"messages": [CHAT[0], turn]}) == [CHAT[1]["content"]]
    row = {"prompt": "2 + 2?", "completion": "4", "reasoning_content": "sum"}
    assert completions("completion", row) == [CHAT[1]["content"]]


def test_prompt_and_completion_may_be_chats_and_completions_many():
    assert completions("completion", {"prompt": CHAT[:1], "completion": CHAT[1:]}) == [CHAT[1]["content"]]
    assert completions("completion", {"prompt": "2 + 2?", "completions": ["4", None, "5"]}) == ["4", None, "5"]


def test_an_instruction_is_asked_with_its_input():
    entry = forms.get("completion").read({"instruction": "Add.", "input": "2, 2", "output": "4"})
    assert entry.messages == [{"role": "user", "content": "Add.\n\n2, 2"}]


# Out and in again


def chat(question, answer, system=None):
    before = [{"role": "system", "content": system}] if system else []
    return [*before, {"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def released(*rows):
    """Rows as a release has them, of whole problems and in order."""
    schema = pa.schema(
        [
            ("messages", pa.list_(message)),
            ("trace_id", pa.string()),
            ("problem_id", pa.string()),
            ("source", pa.string()),
            ("domain", pa.string()),
            ("kind", pa.string()),
            ("model", pa.string()),
            ("answers", pa.list_(pa.large_string())),
            ("correct", pa.bool_()),
            ("completion_tokens", pa.int32()),
            ("licence", pa.string()),
        ]
    )
    told = {"source": "sums", "domain": "math", "kind": "sample", "model": "ada", "licence": "mit", "correct": True}
    return pa.Table.from_pylist([told | row for row in rows], schema)


RELEASED = released(
    {"messages": chat("1 + 1?", "<think>\none\n</think>\n\n2"), "trace_id": "t1", "problem_id": "p1", "answers": ["2"]},
    {
        "messages": chat("1 + 1?", "<think>\nhm, \U0001d7da\n</think>\n\n3"),
        "trace_id": "t2",
        "problem_id": "p1",
        "answers": ["2"],
        "correct": False,
        "model": "bob",
    },
    {"messages": chat("Half?", "0.5"), "trace_id": "t3", "problem_id": "p2", "answers": ["0.5", "1/2"]},
    {"messages": chat("Write.", "<think>\na\n</think>\n\nA poem."), "trace_id": "t4", "problem_id": "p3"},
)


@pytest.mark.parametrize("name", forms.FORMS)
def test_what_is_exported_and_imported_again_is_the_same(tmp_path, name):
    table = forms.get(name).table(RELEASED)
    assert table.schema == forms.get(name).schema
    pq.write_table(table, tmp_path / "again.parquet")
    lake = Lake(tmp_path / "lake", create=True)
    made = import_traces(lake, tmp_path / "again.parquet")
    assert made.forms == {name: table.num_rows}
    found = lake.sql(
        """SELECT p.prompt, k.answers, t.completion, t.model, p.domain, p.licence, t.sample_index FROM traces t
        JOIN problems p USING (problem_id) LEFT JOIN current_keys k USING (problem_id) ORDER BY ALL"""
    )
    assert found.rows() == sorted(
        [
            ("1 + 1?", ["2"], "<think>\none\n</think>\n\n2", "ada", "math", "mit", 0),
            ("1 + 1?", ["2"], "<think>\nhm, \U0001d7da\n</think>\n\n3", "bob", "math", "mit", 1),
            ("Half?", ["0.5", "1/2"], "0.5", "ada", "math", "mit", 0),
            ("Write.", None, "<think>\na\n</think>\n\nA poem.", "ada", "math", "mit", 0),
        ],
        key=lambda row: (row[0], row[2]),
    )


@pytest.mark.parametrize("name", ["openthoughts", "sharegpt", "messages", "completion"])
def test_a_system_message_and_earlier_turns_survive_the_way_out_and_in(tmp_path, name):
    turns = [*chat("1 + 1?", "2", system="Be brief."), *chat("And twice that?", "<think>\n2\n</think>\n\n4")]
    row = {"messages": turns, "trace_id": "t1", "problem_id": "p1"}
    pq.write_table(forms.get(name).table(released(row)), tmp_path / "again.parquet")
    lake = Lake(tmp_path / "lake", create=True)
    import_traces(lake, tmp_path / "again.parquet")
    (found,) = lake.sql("SELECT t.messages, t.completion FROM traces t").rows()
    assert found == (turns[:-1], turns[-1]["content"])


def test_openr1_has_one_row_a_problem_with_our_opinion_and_the_chat_of_a_right_answer():
    first, *_ = forms.get("openr1").table(RELEASED).to_pylist()
    assert first["problem"] == "1 + 1?"
    assert first["generations"] == [chat[-1]["content"] for chat in RELEASED["messages"].to_pylist()[:2]]
    assert (first["correctness_math_verify"], first["correctness_count"]) == ([True, False], 1)
    assert first["messages"][-1]["content"] == first["generations"][0]
    assert (first["answer"], first["uuid"], first["correctness_llama"]) == ("2", "p1", None)
    turned = forms.get("openr1").table(RELEASED.slice(0, 2).take([1, 0])).to_pylist()[0]
    assert turned["messages"][-1]["content"] == turned["generations"][1]


def test_a_bare_prompt_stands_before_what_a_style_made_of_it():
    rows = RELEASED.slice(0, 1).append_column("prompt", [["How much is 1 + 1?"]])
    assert forms.get("openr1").table(rows)["problem"].to_pylist() == ["How much is 1 + 1?"]


@pytest.mark.parametrize("name", forms.FORMS)
def test_no_rows_are_a_table_of_the_same_schema(name):
    assert forms.get(name).table(RELEASED.slice(0, 0)).schema == forms.get(name).schema
