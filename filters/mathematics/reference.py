"""Reference answers with their type: stated in the key's spec, else inferred from how the answer is written."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

from filters.mathematics import guards, units
from filters.mathematics.exact import Undefined, rational
from filters.mathematics.forms import head, items, quantity, signs, unlabelled, with_letters_as_units
from filters.mathematics.guards import Refused
from filters.mathematics.quantities import unit_node
from filters.mathematics.reading import parse
from filters.mathematics.regions import is_region
from filters.mathematics.tokens import Token, spelled, tokens
from filters.mathematics.tree import Call, Name, Node, Num, has, names
from filters.mathematics.vocabulary import CONSTANTS, FUNCTIONS, LETTERS, SPOKEN
from filters.verify import UnusableKey

TYPES = (
    "integer rational decimal number surd expression interval set list tuple matrix equation inequality base units "
    "percent text choice"
).split()
OPTIONS = {
    "type": "one of " + ", ".join(TYPES),
    "tolerance": "a number that is not negative: how far a value may be off",
    "relative": "a number from 0 to 1: how far a value may be off, as a share of the reference",
    "ordered": "true or false: whether the order of a list counts",
    "unit": "a unit: what a bare number is in",
    "percent": '"bare": a number without a percent sign is a percentage too',
    "base": "a whole number from 2 to 36: the base that bare digits are in",
}


@dataclass(frozen=True)
class Spec:
    """What a key may say beside its answers."""

    type: str | None = None
    tolerance: Fraction | None = None
    relative: Fraction | None = None
    ordered: bool | None = None
    unit: units.Measure | None = None
    bare_percent: bool = False
    base: int | None = None


@dataclass(frozen=True)
class Reference:
    """A reference answer, understood."""

    text: str
    kind: str
    spelled: str
    spec: Spec
    node: Node | None = None
    """None for a text or a choice."""
    label: str | None = None
    letters: frozenset[str] = field(default_factory=frozenset)
    """Of a choice."""
    words: str | None = None
    """Of a text in words: case and spaces do not count."""


def reference(text: str, spec: dict[str, Any] | None = None) -> Reference:
    """A reference answer with its type. Raises UnusableKey."""
    try:
        said = json.dumps(spec or {}, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise UnusableKey(f"the spec of the key is not JSON: {error}") from error
    made = cached(text, said)
    if isinstance(made, str):
        raise UnusableKey(made)
    return made


@lru_cache(2048)
def cached(text: str, said: str) -> Reference | str:
    """A reference, or what is wrong with it: both are worth remembering."""
    try:
        return typed(text, stated(json.loads(said)))
    except UnusableKey as error:
        return str(error)
    except RecursionError:
        return "the reference answer is nested too deeply"


def stated(spec: dict[str, Any]) -> Spec:
    unknown = sorted(set(spec) - set(OPTIONS))
    if unknown:
        raise UnusableKey(f"unknown {', '.join(unknown)} in the spec; expected {', '.join(OPTIONS)}")

    def wrong(name: str) -> UnusableKey:
        return UnusableKey(f"{name} {spec[name]!r} in the spec; expected {OPTIONS[name]}")

    kind = spec.get("type")
    if kind is not None and kind not in TYPES:
        raise wrong("type")
    sizes: dict[str, Fraction] = {}
    for name in ("tolerance", "relative"):
        if spec.get(name) is None:
            continue
        given = spec[name]
        if isinstance(given, bool) or not isinstance(given, int | float | str):
            raise wrong(name)
        if not re.fullmatch(r"\d{1,30}(\.\d{1,30})?([eE]-?\d{1,3})?|\.\d{1,30}", str(given), re.ASCII):
            raise wrong(name)
        sizes[name] = Fraction(str(given))
    if sizes.get("relative", Fraction(0)) > 1:
        raise wrong("relative")
    if spec.get("ordered") not in (None, True, False):
        raise wrong("ordered")
    unit = None
    if spec.get("unit") is not None:
        unit = units.measure(spec["unit"]) if isinstance(spec["unit"], str) else None
        if unit is None:
            raise wrong("unit")
    if spec.get("percent") not in (None, "bare"):
        raise wrong("percent")
    base = spec.get("base")
    if base is not None and (isinstance(base, bool) or not isinstance(base, int) or not 2 <= base <= 36):
        raise wrong("base")
    return Spec(
        kind,
        sizes.get("tolerance"),
        sizes.get("relative"),
        spec.get("ordered"),
        unit,
        spec.get("percent") == "bare",
        base,
    )


PERCENT = Name("%")
CHOICE = re.compile(r"\(\s*([A-Ja-j])\s*\)|\[\s*([A-J])\s*\]|([A-J])\s*[.):]?", re.ASCII)
CHOSEN = re.compile(
    r"\(\s*([A-Ja-j])\s*\)(?:\s+(?![-+*/^=<>!|_(])(.+))?|([A-J])\s*(?:[.):](?:\s+(.*))?)?", re.ASCII | re.DOTALL
)
STYLE = re.compile(r"\\(?:text|textbf|mathrm|mathbf|textrm|mbox)\s*\{([^{}]*)\}")


def styled_off(text: str) -> str:
    """A choice or words without dollar signs, \\text{} and the like."""
    text = STYLE.sub(r" \1 ", text.strip().strip("$").strip())
    for opening, closing in (("\\(", "\\)"), ("\\boxed{", "}")):
        if text.startswith(opening) and text.endswith(closing):
            text = text[len(opening) : -len(closing)]
    return " ".join(text.replace("\\ ", " ").replace("~", " ").replace("**", " ").replace("\\,", " ").split())


def typed(text: str, spec: Spec) -> Reference:
    try:
        text = guards.plain(text)
    except Refused as error:
        raise UnusableKey(f"the reference answer cannot be read: {error}") from error
    if not text:
        raise UnusableKey("the reference answer is empty")
    kind = spec.type
    bare = styled_off(text)
    letter = CHOICE.fullmatch(bare)
    letters = frozenset((letter[1] or letter[2] or letter[3]).upper()) if letter else frozenset()
    if kind == "choice":
        letters = letters or several(bare)
        if not letters:
            raise UnusableKey(f"a choice was expected, found {text[:60]!r}")
        return Reference(text, "choice", bare, spec, letters=letters)
    try:
        found = tokens(text, commas=kind not in ("set", "list", "tuple"))
    except Refused as error:
        if kind not in (None, "text"):
            raise UnusableKey(f"the reference answer is not understood as {kind}: {error}") from error
        return Reference(text, "text", bare, spec, words=words(bare))
    said = spelled(found)
    if kind == "text" or (kind is None and (wordy(found) or not found)):
        return Reference(text, "text", said, spec, words=words(bare), letters=letters)
    if kind is None and letter and "(" in bare:
        return Reference(text, "choice", said, spec, letters=letters)
    try:
        node = parse(based(found, spec.base) if spec.base else found)
    except Refused as error:
        if kind is not None or spec.base or error.reason != "not_understood":
            raise UnusableKey(f"the reference answer is not understood: {error}") from error
        return Reference(text, "text", said, spec, words=words(bare) if plain_words(found) else None)
    return understood(text, said, node, spec, letters)


def several(bare: str) -> frozenset[str]:
    """The letters of a choice of several: ``A, C`` or ``AC``."""
    parts = re.split(r"\s*(?:,|;|\band\b|&)\s*|\s+", bare)
    if len(parts) == 1 and re.fullmatch(r"[A-J]{2,5}", bare):
        parts = list(bare)
    found = [CHOICE.fullmatch(part) for part in parts if part]
    if not found or not all(found):
        return frozenset()
    return frozenset((one[1] or one[2] or one[3]).upper() for one in found if one)


def wordy(found: list[Token]) -> bool:
    """Whether tokens are a word or words and nothing else; one letter, a known name or a unit alone is mathematics."""
    if not found or any(token.kind not in ("word", "text", "or", "and") for token in found):
        return False
    known = FUNCTIONS.keys() | CONSTANTS.keys() | LETTERS
    if len(found) == 1:
        text = found[0].text
        if len(text) == 1 or text in known:
            return False
        return text.lower() not in SPOKEN
    if " ".join(token.text for token in found).lower() in SPOKEN:
        return False
    return not all(token.text in known or len(token.text) == 1 for token in found)


def plain_words(found: list[Token]) -> bool:
    return any(token.kind in ("text", "word") and len(token.text) > 3 for token in found) and not any(
        token.kind == "cmd" for token in found
    )


def words(bare: str) -> str:
    """Words for comparison: case, spaces and a final full stop aside.

    Of two or three letters, which may be names of segments, only the first may change its case; a letter alone, and one
    among signs and figures (``x^2``), is a name and keeps it.
    """
    said = " ".join(bare.split())
    said = said.rstrip(".") or said
    if re.search(r"[^\W\d_]{2}!$", said):  # not a factorial
        said = said.rstrip("!")
    if len(said) <= 3 and said.casefold() not in ("yes", "no", "odd"):
        return said[:1].casefold() + said[1:] if len(said) > 1 and said.isalpha() else said
    return WORD.sub(lambda word: word[0].casefold(), said)


WORD = re.compile(r"(?<![\w^_=+*/<>|])[^\W\d_]{2,}(?![\w^_=+*/<>|(])")


def based(found: list[Token], base: int) -> list[Token]:
    """Bare digits as a number in a base."""
    if len(found) == 1 and found[0].kind in ("num", "word"):
        return [*found, Token("sym", "_"), Token("sym", "{"), Token("num", str(base)), Token("sym", "}")]
    if len(found) == 2 and found[0].kind == "num" and found[1].kind == "word" and not found[1].spaced:
        return [Token("num", found[0].text + found[1].text), *based([Token("num", "0")], base)[1:]]
    return found


def understood(text: str, said: str, node: Node, spec: Spec, letters: frozenset[str]) -> Reference:
    """A reference that was read, with its kind. Raises UnusableKey where the spec states another type."""
    label, values = unlabelled(node)
    if len(values) == 1 and (head(node) != "rel" or label is not None):
        core = values[0]
        if label is not None and "(" not in label and "," not in label and names_of_equation(node, core):
            core, label = node, None
    elif len(values) > 1:  # 2\sqrt2 \approx 2.83, 2 + 3 = 5
        core = values[0] if "~" in signs(node) else values[-1]
    else:
        core = node
    try:
        items(core)
    except Refused as error:
        raise UnusableKey(f"the reference answer is not understood: {error}") from error
    kind = spec.type
    if kind in ("equation", "inequality") and head(node) == "rel":
        core, label = (core, label) if is_region(core) or is_region(node) else (node, None)
    if kind == "units":
        core = with_letters_as_units(core)
    if spec.unit is not None and quantity(core) is None:
        core = unit_node(core, spec.unit)
    if kind == "percent" and quantity(core) is None:
        core = Call("unit", (core, Num(Fraction(1, 100)), PERCENT))
    if kind == "tuple" and head(core) == "list":
        core = Call("tuple", core.args)  # type: ignore[union-attr]
    if kind == "set" and head(core) in ("list", "or", "and"):
        core = Call("set", core.args)  # type: ignore[union-attr]
    if kind == "set" and (head(core) == "pm" or items(core) is None) and not is_region(core):
        core = Call("set", tuple(items(core) or (core,)))
    check(text, kind, core)
    return Reference(text, kind or inferred(core), said, spec, core, label, letters)


def names_of_equation(node: Node, core: Node) -> bool:
    """Whether ``name = value`` is an equation: the value has variables of its own (``y = 2x+1``)."""
    if head(node) != "rel" or "in" in signs(node):
        return False
    return bool(names(core)) and head(core) not in ("unit", "text", "set", "tuple", "list")


def check(text: str, kind: str | None, core: Node) -> None:
    """Raises UnusableKey where a reference is not of the type that its spec states."""
    constant = quantity(core) is None and head(core) not in HEADS and not names(core)
    fits = {
        "integer": lambda: constant and whole_number(core),
        "rational": lambda: constant and rational(core) is not None,
        "decimal": lambda: constant,
        "number": lambda: constant,
        "surd": lambda: constant,
        "base": lambda: constant and whole_number(core),
        "expression": lambda: head(core) not in HEADS,
        "interval": lambda: is_region(core) or head(core) in ("tuple", "[]", "set"),
        "set": lambda: head(core) == "set" or is_region(core),
        "list": lambda: head(core) in ("list", "or", "and", "tuple", "[]", "pm", "set") or constant,
        "tuple": lambda: head(core) in ("tuple", "[]"),
        "matrix": lambda: head(core) == "matrix",
        "equation": lambda: head(core) == "rel",
        "inequality": lambda: head(core) == "rel" or is_region(core),
        "units": lambda: quantity(core) is not None,
        "percent": lambda: quantity(core) is not None,
    }
    try:
        if kind is None or fits[kind]():
            return
    except Undefined as error:
        raise UnusableKey(f"the reference answer {text[:60]!r} has no value: {error}") from error
    raise UnusableKey(f"the reference answer {text[:60]!r} is no {kind}")


HEADS = frozenset("tuple set list or and [] (] [) cup cap minus matrix row rel ratio text pm mp where".split())


def whole_number(node: Node) -> bool:
    value = rational(node)
    return value is not None and value.denominator == 1


def inferred(core: Node) -> str:
    """The type of a reference as written."""
    kind = head(core)
    if is_region(core):
        return "interval"
    if kind in ("list", "or", "and", "pm") or has(core, "pm", "mp"):
        return "list"
    if kind in ("set", "tuple", "matrix"):
        return kind
    if kind == "[]":
        return "interval" if isinstance(core, Call) and len(core.args) == 2 else "tuple"
    if kind == "rel":
        return "equation" if "=" in signs(core) else "inequality"
    if kind == "unit":
        return "percent" if core.args[2] == PERCENT else "units"  # type: ignore[union-attr]
    if kind in ("ratio", "text"):
        return "text"
    if names(core):
        return "expression"
    try:
        value = rational(core)
    except Undefined:
        raise UnusableKey("the reference answer divides by zero") from None
    if value is None:
        return "surd"
    return "integer" if value.denominator == 1 else "rational"
