import re

import pytest

from generators import styles
from warehouse.errors import BadInput
from warehouse.text import response, thinking

REWRITING, JUDGING = {"reformat", "smooth", "smooth-brief"}, {"judge", "judge-brief"}
REVISING = {"revise", "revise-brief", "critique", "critique-brief"}
SHIPPED = sorted({file.stem for file in styles.SHIPPED.glob("*.toml")} - REWRITING - JUDGING - REVISING)


def test_the_styles_a_recipe_counts_on_are_shipped():
    assert {"plain", "boxed", "r1-zero", "few-shot"} <= set(SHIPPED)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("plain", "58f7189353a850d546ec"),
        ("boxed", "9f781ec6ed70218eab18"),
        ("code", "5c2d48a1d436d1426fb2"),
        ("r1-zero", "3e5dde381b93af8bdd67"),
    ],
)
def test_a_style_that_traces_are_named_after_keeps_its_hash(name, asked):
    assert styles.load(name).asked == asked


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_style_asks_the_problem(name):
    style = styles.load(name)
    role, content = style.messages("What is {x} + 1?")[-1]
    assert role == "user"
    assert "What is {x} + 1?" in content
    assert "{prompt}" not in content
    assert style.label == f"{name}@{style.version}"


def test_plain_is_the_problem_and_nothing_else():
    assert styles.load("plain").messages("2 + 2?") == (("user", "2 + 2?"),)


def test_boxed_asks_for_a_box():
    assert styles.load("boxed").messages("2 + 2?")[0][1].endswith("within \\boxed{}.")


def test_a_system_message_comes_first():
    (role, content), _ = styles.load("r1-zero").messages("2 + 2?")
    assert role == "system"
    assert "<think>" in content


def write(folder, text):
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return styles.load("mine.toml", folder)


def test_editing_the_content_of_a_style_asks_anew(tmp_path):
    once = write(tmp_path, 'version = 1\nuser = "{prompt}"')
    user = write(tmp_path, 'version = 1\nuser = "{prompt}!"')
    system = write(tmp_path, 'version = 1\nuser = "{prompt}"\nsystem = "Think."')
    assert len({style.asked for style in (once, user, system)}) == 3


def test_what_does_not_reach_the_model_does_not_ask_anew(tmp_path):
    once = write(tmp_path, 'version = 1\nuser = "{prompt}"')
    again = write(tmp_path, '# a comment\nversion = 2\nuser = "{prompt}"')
    assert once.asked == again.asked == styles.load("plain").asked
    assert again.label == "mine@2"


@pytest.mark.parametrize("text", ["version = 1", 'user = "{promt}"', 'user = "prompt"'])
def test_a_style_that_does_not_hold_the_prompt_is_refused(tmp_path, text):
    with pytest.raises(BadInput, match=r"mine\.toml: user must hold \{prompt\}"):
        write(tmp_path, text)


def test_a_style_that_is_no_toml_is_refused_by_file(tmp_path):
    with pytest.raises(BadInput, match=r"mine\.toml"):
        write(tmp_path, "user = ")


@pytest.mark.parametrize(("field", "value"), [("version", '"new"'), ("system", "3"), ("user", "3")])
def test_a_value_of_the_wrong_kind_is_refused_by_field(tmp_path, field, value):
    lines = {"user": '"{prompt}"', field: value}
    with pytest.raises(BadInput, match=rf"mine\.toml: {field} is .*; expected"):
        write(tmp_path, "\n".join(f"{key} = {text}" for key, text in lines.items()))


def test_an_unknown_field_is_refused_rather_than_ignored(tmp_path):
    with pytest.raises(BadInput, match=r"mine\.toml: unknown sytem; expected version, system, user"):
        write(tmp_path, 'user = "{prompt}"\nsytem = "Think."')


def test_an_unknown_style_is_refused_with_those_there_are():
    with pytest.raises(
        BadInput, match=r"no prompt style 'boxd'; expected boxed, code, critique, .*, few-shot, .*, thinking"
    ):
        styles.load("boxd")


@pytest.mark.parametrize("name", sorted(REVISING))
def test_a_style_for_revising_shows_the_problem_and_the_steps_of_an_attempt(name):
    (_, content), *_ = styles.load(name, use="revise").messages("What is 1 + 1?", steps="1. It is 3.\nAnswer: 3")
    assert content.index("What is 1 + 1?") < content.index("1. It is 3.\nAnswer: 3")
    with pytest.raises(BadInput, match=r"only a journey stage fills"):
        styles.load(name)


def test_a_problem_that_speaks_of_placeholders_is_asked_as_it_stands():
    assert styles.load("plain").messages("What is {examples} and {prompt}?")[0][1] == "What is {examples} and {prompt}?"


ONE = '[[examples]]\nprompt = "1 + 1?"\ncompletion = "<think>\\nhm\\n</think>\\n\\n2"\n'


def test_the_examples_stand_in_the_question_where_the_style_says(tmp_path):
    ((role, content),) = write(tmp_path, f'user = "See:\\n{{examples}}\\nNow {{prompt}}"\n{ONE}').messages("2 + 2?")
    assert role == "user"
    assert content == "See:\nProblem:\n1 + 1?\n\nSolution:\n<think>\nhm\n</think>\n\n2\nNow 2 + 2?"


def test_examples_that_are_to_be_turns_are_asked_and_answered_before_the_question(tmp_path):
    style = write(tmp_path, f'system = "Think."\nuser = "Solve {{prompt}}"\nturns = true\n{ONE}')
    assert style.messages("2 + 2?") == (
        ("system", "Think."),
        ("user", "Solve 1 + 1?"),
        ("assistant", "<think>\nhm\n</think>\n\n2"),
        ("user", "Solve 2 + 2?"),
    )


def test_editing_an_example_or_where_it_stands_asks_anew(tmp_path):
    bare = write(tmp_path, 'user = "{prompt}"')
    turns = write(tmp_path, f'user = "{{prompt}}"\nturns = true\n{ONE}')
    text = write(tmp_path, f'user = "{{examples}}{{prompt}}"\n{ONE}')
    edited = write(tmp_path, f'user = "{{examples}}{{prompt}}"\n{ONE.replace("hm", "so")}')
    assert len({style.asked for style in (bare, turns, text, edited)}) == 4


def test_every_shipped_example_thinks_fails_once_and_then_answers_in_one_line():
    examples = styles.load("few-shot").examples
    assert len(examples) >= 2
    for _, completion in examples:
        assert completion.startswith("<think>\n")
        assert re.search(r"not|wrong", thinking(completion))
        assert "\n" not in response(completion)
    assert [response(completion) for _, completion in examples] == ["11", "4 * 7 + 9", "7"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ONE, r"user must hold \{examples\} where they are to stand, or turns must be true"),
        ("turns = true", "turns is true, but there are no examples"),
        ("turns = 1", "turns is 1; expected true or false"),
        ("examples = [3]", r"examples\[0\] holds 3; expected prompt and completion"),
        ("examples = 3", r"examples is 3; expected \[\[examples\]\] with prompt and completion"),
        ('[[examples]]\nprompt = "1?"', r"examples\[0\] holds prompt; expected prompt and completion"),
        (ONE + "answer = 2", r"examples\[0\] holds prompt, completion, answer; expected prompt and completion"),
        (ONE.replace('"1 + 1?"', "3"), r"examples\[0\].prompt is 3; expected a text"),
        (ONE.replace("</think>", ""), r"examples\[0\].completion ends in its thinking; expected an answer"),
    ],
)
def test_examples_that_cannot_be_shown_are_refused_by_field(tmp_path, text, told):
    with pytest.raises(BadInput, match=rf"mine\.toml: {told}"):
        write(tmp_path, f'user = "{{prompt}}"\n{text}')


def test_a_place_for_examples_needs_examples_and_excludes_turns(tmp_path):
    with pytest.raises(BadInput, match="but there are none"):
        write(tmp_path, 'user = "{examples}{prompt}"')
    with pytest.raises(BadInput, match="expected one of the two"):
        write(tmp_path, f'user = "{{examples}}{{prompt}}"\nturns = true\n{ONE}')


@pytest.mark.parametrize("name", sorted(REWRITING))
def test_a_style_for_rewriting_shows_problem_and_completion(name):
    style = styles.load(name, use="rewrite")
    content = style.messages("Is {completion} one?", "<think>\nno {prompt}\n</think>\n\nno")[-1][1]
    assert "Is {completion} one?" in content
    assert "<think>\nno {prompt}\n</think>\n\nno" in content


@pytest.mark.parametrize("name", sorted(JUDGING))
def test_a_style_for_judging_shows_problem_and_response(name):
    style = styles.load(name, use="judge")
    content = style.messages("Is {response} one?", response="no {prompt}", references="- yes {response}")[-1][1]
    assert "Is {response} one?" in content
    assert "no {prompt}" in content
    assert ("- yes {response}" in content) == style.shows_references


def test_what_the_chat_template_is_told_is_part_of_the_question(tmp_path):
    silent, aloud = styles.load("no-thinking"), styles.load("thinking")
    assert silent.messages("1 + 1?") == aloud.messages("1 + 1?") == styles.load("plain").messages("1 + 1?")
    assert (silent.template, aloud.template) == ({"enable_thinking": False}, {"enable_thinking": True})
    assert len({style.asked for style in (silent, aloud, styles.load("plain"))}) == 3
    with pytest.raises(BadInput, match=r"template is 3; expected a table"):
        write(tmp_path, 'user = "{prompt}"\ntemplate = 3')
    with pytest.raises(BadInput, match=r"template holds add_generation_prompt, which only a backend says"):
        write(tmp_path, 'user = "{prompt}"\n[template]\nadd_generation_prompt = false')
    with pytest.raises(BadInput, match=r"template.today is .*; expected a text, a number"):
        write(tmp_path, 'user = "{prompt}"\n[template]\ntoday = 2026-01-01')


def test_asking_rewriting_and_judging_do_not_take_each_others_styles():
    with pytest.raises(BadInput, match=r"user holds \{response\}, which only a judge stage fills"):
        styles.load("judge")
    with pytest.raises(BadInput, match=r"user holds \{completion\}, which only a rewrite stage fills"):
        styles.load("reformat")
    with pytest.raises(BadInput, match=r"plain\.toml: user must hold \{completion\}"):
        styles.load("plain", use="rewrite")


@pytest.mark.parametrize(
    ("use", "text", "fault"),
    [
        ("ask", 'user = "{prompt} {references}"', r"user holds \{references\}, which only a judge stage fills"),
        ("rewrite", 'user = "{prompt} {completion} {references}"', r"user holds \{references\}, which only a judge"),
        ("rewrite", f'user = "{{prompt}} {{completion}}"\nturns = true\n{ONE}', r"an example has no \{completion\}"),
        ("judge", f'user = "{{prompt}} {{response}}"\nturns = true\n{ONE}', r"an example has no \{response\}"),
        ("ask", 'user = "{prompt}"\nswapped = "{prompt}"', r"swapped is there, which only a judge stage asks by"),
        (
            "judge",
            'user = "{prompt} {response}"\nswapped = "{response}"',
            r"swapped must hold what user holds: \{prompt\} is missing",
        ),
        (
            "judge",
            'user = "{prompt} {references} {response}"\nswapped = "Good?"',
            r"\{prompt\}, \{references\}, \{response\} is missing",
        ),
        (
            "judge",
            'user = "{prompt} {response}"\nswapped = "{response} {references} {prompt}"',
            r"swapped holds \{references\}, which user does not",
        ),
        (
            "judge",
            'user = "{prompt} {response}"\nswapped = "To {prompt} {response}"',
            r"its parts in the order of user \(prompt, response\); expected another",
        ),
        ("judge", 'user = "{prompt} {response}"\nswapped = 3', r"swapped is 3; expected a text"),
    ],
)
def test_a_place_that_nothing_would_fill_is_refused(tmp_path, use, text, fault):
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(BadInput, match=fault):
        styles.load("mine.toml", tmp_path, use)


def test_every_other_vote_is_asked_with_the_parts_in_the_other_order(tmp_path):
    (tmp_path / "mine.toml").write_text(
        'system = "Judge."\nuser = "{prompt} then {response}"\nswapped = "{response} to {prompt}"'
    )
    style = styles.load("mine.toml", tmp_path, "judge")
    told = [style.of_vote(sample).messages("1 + 1?", response="2") for sample in range(4)]
    one, other = (("system", "Judge."), ("user", "1 + 1? then 2")), (("system", "Judge."), ("user", "2 to 1 + 1?"))
    assert told == [one, other, one, other]
    asked = [style.of_vote(sample).asked for sample in range(4)]
    assert asked[0] == asked[2] == style.asked != asked[1] == asked[3]


def test_a_second_order_asks_nothing_anew_in_the_first(tmp_path):
    (tmp_path / "one.toml").write_text('user = "{prompt} then {response}"')
    (tmp_path / "two.toml").write_text('user = "{prompt} then {response}"\nswapped = "{response} to {prompt}"')
    one, two = (styles.load(name, tmp_path, "judge") for name in ("one.toml", "two.toml"))
    assert one.asked == two.of_vote(0).asked
    assert one.of_vote(1) == one


def test_the_shipped_judge_is_asked_in_both_orders_and_the_nano_judge_in_the_one_it_knows():
    judge = styles.load("judge", use="judge")
    here, there = (judge.of_vote(n).messages("PROBLEM", "", "ANSWER", "- REFERENCE")[-1][1] for n in (0, 1))
    assert here.index("PROBLEM") < here.index("REFERENCE") < here.index("ANSWER")
    assert there.index("ANSWER") < there.index("REFERENCE") < there.index("PROBLEM")
    assert here.splitlines()[2:6] == there.splitlines()[2:6]  # the rules are the same
    assert styles.load("judge-brief", use="judge").other is None
