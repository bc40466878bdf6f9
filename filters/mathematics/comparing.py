"""An answer against a reference of its type: the policy for order, units, percentages, rounding and names."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from filters.mathematics import numeric
from filters.mathematics.exact import Undefined, rational
from filters.mathematics.forms import (
    both_signs,
    decimal,
    head,
    in_radians,
    items,
    label,
    quantity,
    sides,
    signs,
    unlabelled,
    with_letters_as_units,
)
from filters.mathematics.reference import PERCENT, Spec
from filters.mathematics.regions import NoRegion, is_region, same_region
from filters.mathematics.relations import same_relation
from filters.mathematics.tree import Call, Name, Node, Num, has, names
from filters.mathematics.values import WRONG, WRONG_TYPE, Opinion, same

ROUNDED = 6
"""Significant digits a decimal needs to stand for an irrational number."""
TIERS = ("text", "exact", "rounded", "numeric", "algebra", "symbolic")
ANY = Spec()
SEVERAL = Opinion(False, "exact", "several_answers")


def compare(
    key: Node, answer: Node, spec: Spec = ANY, name: str | None = None, texts: tuple[str, str] | None = None
) -> Opinion:
    """Whether an answer is what a reference says. ``name``: what the reference is called (``x`` of ``x = 5``)."""
    if is_region(key) or (head(key) in ("tuple", "[]", "set") and is_region(unlabelled(answer)[1][0])):
        try:
            return same_region(key if name is None else named_region(name, key), answer)
        except NoRegion:
            if is_region(key) and head(key) != "tuple":
                return WRONG_TYPE if not is_region(answer) else WRONG
    if head(key) == "rel":
        return relation(key, answer)
    found, values = unlabelled(answer)
    if name is not None and found is not None and found != name:
        return WRONG
    if found is not None and not has(key, "rel") and found in names(key):
        return WRONG_TYPE
    if name is not None and head(key) == "tuple" and (called := called_members(values[0])) and name != called:
        return WRONG
    if len(values) == 1:
        return member(key, values[0], spec, texts)
    return all_of([member(key, value, spec, texts) for value in values])


def called_members(node: Node) -> str | None:
    """``x,y`` of ``x = 1, y = 2``: what the members of a tuple are called, one by one; None where one has no name."""
    called = [unlabelled(one)[0] for one in node.args] if isinstance(node, Call) and head(node) == "list" else []
    return ",".join(one for one in called if one) if called and all(called) else None


def named_region(name: str, key: Node) -> Node:
    return Call("rel", (Name(name), Name("in"), key))


def member(key: Node, answer: Node, spec: Spec, texts: tuple[str, str] | None = None) -> Opinion:
    """Compare two things that stand for themselves."""
    kind = head(key)
    if kind in ("list", "or", "and", "pm", "set") or has(key, "pm", "mp"):
        return collection(key, answer, spec)
    if kind in ("tuple", "[]"):
        return ordered(key, answer, spec)
    if kind == "matrix":
        return matrix(key, answer, near_by(spec))
    if kind in ("ratio", "text", "row"):
        return Opinion(key == answer, "exact", "" if key == answer else WRONG.reason)
    return value(key, answer, spec, texts)


def relation(key: Node, answer: Node) -> Opinion:
    if head(answer) != "rel" or is_region(answer):
        return WRONG_TYPE
    if label(sides(key)[0]) is not None and signs(key) == ["="] and not names(sides(key)[1]):
        return WRONG if signs(answer) != ["="] or key != answer else Opinion(True, "exact")
    return same_relation(key, answer)


def all_of(opinions: Sequence[Opinion]) -> Opinion:
    """All must be equal; one that is not decides, then one that is undecided."""
    for wanted in (False, None):
        for opinion in opinions:
            if opinion.equal is wanted:
                return opinion
    if not opinions:
        return Opinion(True, "exact")
    return max(opinions, key=lambda opinion: TIERS.index(opinion.tier))


def collection(key: Node, answer: Node, spec: Spec) -> Opinion:
    """Sets and bare lists: every member has its match. Order counts only where the spec says so."""
    wanted, found = items(key), items(answer)
    assert wanted is not None
    kind, kind2 = head(key), head(answer)
    if found is None:
        if len(wanted) > 1 or kind == "set":
            return WRONG_TYPE
        found = [answer]
    elif kind2 in ("tuple", "[]") and not spec.ordered:
        return WRONG_TYPE
    sets = kind == "set" and kind2 == "set"
    if spec.ordered:
        return (
            WRONG
            if len(wanted) != len(found)
            else all_of([item(*pair, near_by(spec)) for pair in zip(wanted, found, strict=True)])
        )
    if sets:
        wanted, found = distinct(wanted), distinct(found)
    if len(wanted) != len(found):
        return WRONG
    labels = {unlabelled(one)[0] for one in wanted}
    if len({unlabelled(one)[0] for one in found} - {None}) > max(1, len(labels - {None})):
        return WRONG
    opinions, left = [], list(found)
    for one in wanted:
        best: Opinion | None = None
        for index, other in enumerate(left):
            opinion = item(one, other, near_by(spec), strict=len(labels) > 1)
            if opinion.equal:
                best = opinion
                del left[index]
                break
            if opinion.equal is None:
                best = opinion
        if best is None:
            return Opinion(False, "exact", "wrong_value")
        opinions.append(best)
    return all_of(opinions)


def near_by(spec: Spec) -> Spec:
    """What of a spec holds for the members too: the tolerance."""
    return ANY if spec.tolerance is None and spec.relative is None else Spec(None, spec.tolerance, spec.relative)


def distinct(members: list[Node]) -> list[Node]:
    kept: list[Node] = []
    for one in members:
        if not any(item(one, other).equal for other in kept):
            kept.append(one)
    return kept


def item(one: Node, other: Node, spec: Spec = ANY, strict: bool = False) -> Opinion:
    """Compare two members. ``strict``: they are told apart by their names, so that the names count."""
    (name, first), (name2, _) = unlabelled(one), unlabelled(other)
    if strict and name != name2:
        return WRONG
    if len(first) == 1 and (name is None or not names(first[0])):
        if name is not None and name2 is not None and name != name2:
            return WRONG
        return compare(first[0], other, spec)
    return compare(one, other, spec)


def ordered(key: Node, answer: Node, spec: Spec) -> Opinion:
    """Tuples: as many members, each equal to its counterpart."""
    assert isinstance(key, Call)
    if head(answer) in ("list", "tuple") and isinstance(answer, Call):
        called = [unlabelled(one) for one in answer.args]
        in_order = [name for name, _ in called if name is not None]
        if head(answer) == "tuple" and in_order != sorted(set(in_order)):
            return WRONG  # (y = 1, x = 2)
        assigned = len(in_order) == len(called) == len(key.args) and in_order == sorted(set(in_order))
        if spec.type == "tuple" and not in_order:
            answer = Call("tuple", answer.args)
        elif assigned and all(len(values) == 1 for _, values in called):  # x = 1, y = 2
            answer = Call("tuple", tuple(values[0] for _, values in called))
    if spec.type == "list" and head(answer) in ("tuple", "[]"):
        answer = Call(key.head, answer.args)  # type: ignore[union-attr]
    if head(answer) != key.head or not isinstance(answer, Call):
        return WRONG_TYPE if head(answer) != "list" else Opinion(False, "exact", "wrong_type")
    if len(answer.args) != len(key.args):
        return WRONG
    return all_of([item(*pair, near_by(spec)) for pair in zip(key.args, answer.args, strict=True)])


def matrix(key: Node, answer: Node, spec: Spec) -> Opinion:
    assert isinstance(key, Call)
    if head(answer) != "matrix" or not isinstance(answer, Call):
        return WRONG_TYPE
    rows = [(one.args, other.args) for one, other in zip(key.args, answer.args, strict=False)]  # type: ignore[union-attr]
    if len(key.args) != len(answer.args) or any(len(one) != len(other) for one, other in rows):
        return WRONG
    return all_of([value(*pair, spec) for row in rows for pair in zip(*row, strict=True)])


def value(key: Node, answer: Node, spec: Spec, texts: tuple[str, str] | None = None) -> Opinion:
    """Plain values and quantities."""
    if head(answer) in ("list", "or", "and", "pm", "mp") or (has(answer, "pm") and len(both_signs(answer)) > 1):
        return SEVERAL
    if head(answer) == "text" and isinstance(answer, Call) and not answer.args:
        return WRONG
    unit, unit2 = quantity(key), quantity(answer)
    if unit is not None and unit2 is None and names(answer):
        answer = with_letters_as_units(answer)
        unit2 = quantity(answer)
    elif unit2 is not None and unit is None and names(key):
        key = with_letters_as_units(key)
        unit = quantity(key)
    percent = unit is not None and unit[2] == PERCENT.name
    if unit is not None and unit2 is None and not percent:
        if spec.unit is not None:
            unit2 = (answer, spec.unit.size, unit[2])
        else:
            return Opinion(False, "exact", "missing_unit")
    if unit is None and unit2 is not None and unit2[2] != PERCENT.name:
        return Opinion(False, "exact", "unexpected_unit")
    if unit is not None and unit2 is not None:
        if (unit[2] == PERCENT.name) != (unit2[2] == PERCENT.name) and "[]" not in (unit[2], unit2[2]):
            return Opinion(False, "exact", "wrong_unit")
        if unit[2] != unit2[2] and PERCENT.name not in (unit[2], unit2[2]):
            return Opinion(False, "exact", "wrong_unit")
        if unit[1] == unit2[1]:
            key, answer = unit[0], unit2[0]
        else:
            key, answer = Call("*", (unit[0], Num(unit[1]))), Call("*", (unit2[0], Num(unit2[1])))
            if spec.tolerance is not None:  # a tolerance is in the unit of the key
                answer, key = Call("*", (answer, Num(1 / unit[1]))), unit[0]
    elif percent and spec.bare_percent and unit2 is None:
        assert unit is not None
        plain = value(unit[0], answer, Spec(tolerance=spec.tolerance, relative=spec.relative))
        return plain if plain.equal else value(key, answer, Spec(), texts)
    for node in (key, answer):
        if head(node) in NO_VALUES:
            return WRONG_TYPE
    written = answer
    key, answer = in_radians(key), in_radians(answer)
    if has(key, "unit", *NO_VALUES) or has(answer, "unit", *NO_VALUES):
        return WRONG_TYPE
    if spec.tolerance is not None or spec.relative is not None:
        return near(key, answer, spec)
    opinion = same(key, answer, texts)
    if opinion.equal is False and not names(key):
        return rounded(key, written) or opinion
    return opinion


NO_VALUES = (
    "tuple",
    "set",
    "list",
    "or",
    "and",
    "[]",
    "(]",
    "[)",
    "cup",
    "cap",
    "minus",
    "matrix",
    "rel",
    "ratio",
    "text",
    "where",
    "pm",
    "mp",
)


def near(key: Node, answer: Node, spec: Spec) -> Opinion:
    """Whether a value lies within the tolerance that the key states; exact where both are rational."""
    try:
        first, second = rational(key), rational(answer)
    except Undefined:
        return WRONG
    if names(key) or names(answer):
        return same(key, answer)
    if first is not None and second is not None:
        allowed = max(spec.tolerance or Fraction(0), (spec.relative or Fraction(0)) * abs(first))
        return Opinion(True, "exact") if abs(first - second) <= allowed else WRONG
    one, other = numeric.real_value(key), numeric.real_value(answer)
    if one is None or other is None:
        return same(key, answer)
    allowed_ = max(numeric.fraction(spec.tolerance), numeric.fraction(spec.relative) * abs(one))
    double = (numeric.as_float(key), numeric.as_float(answer))
    gap = abs(one - other)
    close = None not in double and abs((double[0] or 0) - (double[1] or 0)) <= float(allowed_) + 1e-9 * (
        1 + abs(double[0] or 0)
    )
    if gap <= allowed_ and close:
        return Opinion(True, "numeric", methods={"numeric": True, "double": True})
    same_value = same(key, answer)
    return same_value if same_value.equal else Opinion(False, "numeric", "wrong_value")


def rounded(key: Node, answer: Node) -> Opinion | None:
    """A pass for a decimal of six significant digits or more that is an irrational number rounded; None otherwise."""
    written = decimal(answer)
    if written is None or written[2] < ROUNDED:
        return None
    try:
        if rational(key) is not None:
            return None
    except Undefined:
        return None
    precise, double = numeric.real_value(key), numeric.as_float(key)
    if precise is None or double is None or written[1] > 50:
        return None
    half = Fraction(1, 2) / Fraction(10) ** written[1]
    low, high = written[0] - half, written[0] + half
    by_numeric = numeric.fraction(low) <= precise <= numeric.fraction(high)
    slack = 1e-12 * (1 + abs(double))
    by_double = float(low) - slack <= double <= float(high) + slack
    if by_numeric and by_double:
        return Opinion(True, "rounded", methods={"numeric": True, "double": True})
    return None
