import pytest

from generators import styles
from warehouse.errors import BadInput

SHIPPED = sorted(file.stem for file in styles.SHIPPED.glob("*.toml"))


def test_the_styles_a_recipe_counts_on_are_shipped():
    assert {"plain", "boxed", "r1-zero"} <= set(SHIPPED)


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
    with pytest.raises(BadInput, match="no prompt style 'boxd'; expected boxed, code, plain"):
        styles.load("boxd")
