import pytest

from warehouse.errors import BadInput
from warehouse.registry import Registry, find

OWN = """
from dataclasses import dataclass

@dataclass
class Loud:
    word: str

def loud(word):
    return Loud(word.upper())
"""


@pytest.fixture
def registry():
    made = Registry("voice")
    made.register("quiet")(str.lower)
    return made


def test_a_registered_part_is_found_by_name(registry):
    assert registry.get("quiet")("AH") == "ah"


def test_a_users_part_loads_from_a_file_beside_the_recipe(registry, tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "own.py").write_text(OWN)
    part = registry.get("parts/own.py:loud", tmp_path)
    assert part("ah").word == "AH"
    assert registry.get("parts/own.py:loud", tmp_path) is part


def test_a_users_part_loads_relative_to_the_current_folder(registry, tmp_path, monkeypatch):
    (tmp_path / "here.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    assert registry.get("here.py:loud")("ah").word == "AH"


def test_two_files_of_one_name_are_two_modules(registry, tmp_path):
    for folder, answer in (("a", 1), ("b", 2)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "own.py").write_text(f"def part(): return {answer}")
    assert registry.get("a/own.py:part", tmp_path)() == 1
    assert registry.get("b/own.py:part", tmp_path)() == 2


def test_a_users_part_loads_by_dotted_path(registry):
    assert registry.get("os.path:basename")("/a/b") == "b"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("loud", "no voice called 'loud'; expected one of quiet"),
        ("own.py", "no voice called 'own.py'"),
        ("nowhere.py:loud", "no file 'nowhere.py'"),
        ("own.py:silent", "has no 'silent'"),
        ("broken.py:loud", "broken.py does not load: SyntaxError"),
        ("crashing.py:loud", "crashing.py does not load: ZeroDivisionError"),
        ("no.such.module:loud", "module 'no.such.module' does not import"),
        ("crashing:loud", "module 'crashing' does not import"),
        (":loud", "module '' does not import"),
        ("..:loud", "does not import"),
        ("os.path:nothing", "has no 'nothing'"),
    ],
)
def test_a_part_that_cannot_be_had_is_bad_input_that_says_why(registry, tmp_path, monkeypatch, name, says):
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "broken.py").write_text("def loud(:\n")
    (tmp_path / "crashing.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(BadInput) as refused:
        registry.get(name, tmp_path)
    assert says in str(refused.value)


def test_a_file_that_failed_to_load_is_loaded_anew_once_it_is_mended(registry, tmp_path):
    (tmp_path / "own.py").write_text("1 / 0")
    with pytest.raises(BadInput):
        registry.get("own.py:loud", tmp_path)
    (tmp_path / "own.py").write_text(OWN + "# mended, and of another length\n")
    assert registry.get("own.py:loud", tmp_path)("ah").word == "AH"


def test_a_file_beside_the_recipe_comes_before_one_in_the_current_folder(tmp_path, monkeypatch):
    for folder in ("recipe", "here"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.sql").write_text(folder)
    monkeypatch.chdir(tmp_path / "here")
    assert find("a.sql", tmp_path / "recipe").read_text() == "recipe"
    assert find("a.sql", None).read_text() == "here"
