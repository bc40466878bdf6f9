"""What the README and docs/ show of recipes is what recipes take, and what they link to is there."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from filters.checks import get
from filters.finding import CHECKS
from filters.verifiers import VERIFIERS
from filters.verify import how
from flows.recipe.parts import Benchmark, Model, Problems
from flows.recipe.stages import Stage
from generators import styles

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = [
    pytest.param(block, id=f"{page.name}-{number}")
    for page in PAGES
    for number, block in enumerate(re.findall(r"^```toml\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE))
]


@pytest.mark.parametrize("block", BLOCKS)
def test_a_piece_of_a_recipe_is_one(block):
    tables = tomllib.loads(block)
    assert set(tables) <= {"name", "models", "problems", "benchmarks", "stages", "comparisons"}
    assert all(len(pair) == 2 for pair in tables.get("comparisons", []))
    for model in tables.get("models", {}).values():
        Model.model_validate(model)
    for entry in tables.get("problems", []):
        Problems.model_validate(entry)
    for entry in tables.get("benchmarks", {}).values():
        Benchmark.model_validate(entry)
    for stage in tables.get("stages", []):
        TypeAdapter(Stage).validate_python(stage)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_style_that_asks_is_in_the_table():
    told = "".join((ROOT / "docs" / page).read_text() for page in ("recipes.md", "journeys.md"))
    asking = [file.stem for file in styles.SHIPPED.glob("*.toml") if file.stem not in ("reformat", "judge-brief")]
    assert [name for name in asking if f"`{name}`" not in told] == []


def ours(decide):
    """Whether a part is of the house; other tests register some of their own."""
    return decide is None or decide.__module__.startswith("filters.")


def test_the_table_of_checks_says_what_they_take_and_what_they_may_find():
    page = (ROOT / "docs" / "checks.md").read_text()
    table = re.findall(r"^\| `(\w+)` \|(.*)\|$", page, re.MULTILINE)
    assert {name for name, _ in table} == {
        name for name, one in CHECKS.parts.items() if ours(one.decide or one.decide_all)
    }
    for name, cells in table:
        _, settings, reasons, _ = (re.findall(r"`(\w+)`", cell) for cell in cells.split("|"))
        assert set(settings) == set(get(name).defaults), name
        assert set(reasons) == set(get(name).reasons or ()), name


def test_the_table_of_verifiers_has_all_of_them_with_what_they_may_find():
    page = (ROOT / "docs" / "verifiers.md").read_text()
    table = re.findall(r"^\| `([\w-]+)` \|(.*)\|$", page.partition("## Writing one")[0], re.MULTILINE)
    assert {name for name, _ in table} == {name for name, decide in VERIFIERS.parts.items() if ours(decide)}
    source = "".join(file.read_text() for file in sorted((ROOT / "filters").rglob("*.py")))
    for name, cells in table:
        _, spec, reasons = (re.findall(r"`(\w+)`", cell) for cell in cells.replace("\\|", "").split("|"))
        assert [field for field in spec if f'"{field}"' not in source] == [], name
        assert set(reasons) == set(how(VERIFIERS.parts[name]).reasons or ()), name


def test_the_verifier_that_the_page_shows_passes_the_test_that_it_shows(tmp_path, monkeypatch):
    page = (ROOT / "docs" / "verifiers.md").read_text()
    written, tested = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "roman.py").write_text(written)
    monkeypatch.syspath_prepend(tmp_path)
    names: dict[str, object] = {}
    exec(tested, names)
    (test,) = [value for name, value in names.items() if name.startswith("test_")]
    test()
