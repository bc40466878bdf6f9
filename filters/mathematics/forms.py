"""Answers in the forms that are compared: names in front taken off, ± written out, units told from variables."""

from __future__ import annotations

from fractions import Fraction

from filters.mathematics import units
from filters.mathematics.guards import Refused
from filters.mathematics.quantities import parts_of, unit_node
from filters.mathematics.tree import PI, Call, Name, Node, Num, has, names, negative, whole

COLLECTIONS = ("list", "or", "and", "set", "tuple", "[]", "pm")
RADIANS = Call("/", (PI, whole(180)))


def head(node: Node) -> str:
    return node.head if isinstance(node, Call) else ""


def signs(node: Node) -> list[str]:
    """The signs of a relation: ``["<=", "<"]`` of ``1 <= x < 2``."""
    assert isinstance(node, Call)
    return [sign.name for sign in node.args[1::2] if isinstance(sign, Name)]


def sides(node: Node) -> tuple[Node, ...]:
    assert isinstance(node, Call)
    return node.args[::2]


def label(node: Node) -> str | None:
    """What names a value in front of an equals sign: ``x``, ``f(x)``, ``(x, y)``; None for anything else."""
    if isinstance(node, Name):
        return node.name
    if not isinstance(node, Call):
        return None
    if node.head == "abs" and head(node.args[0]) == "*":
        return label(node.args[0])
    if node.head == "*" and isinstance(node.args[0], Name):
        function, argument = node.args[0].name, node.args[1]
        if (
            isinstance(argument, Name)
            and len(function) == len(argument.name) == 1
            and (function + argument.name).isupper()
        ):
            return function + argument.name  # the segment AB
    if node.head == "tuple":
        called = [one.name for one in node.args if isinstance(one, Name)]
        if len(called) == len(node.args) and called == sorted(set(called)):
            return ",".join(called)
    return None


def unlabelled(node: Node) -> tuple[str | None, list[Node]]:
    """(name, values) of ``x = 2+3 = 5``: the name, and every value that is claimed to be equal. A bare value is itself.

    An equation in a variable (``y = 2x+1``) is no named value: it comes back whole.
    """
    if head(node) != "rel":
        return None, [node]
    said, parts = signs(node), list(sides(node))
    if said == ["in"] and isinstance(parts[0], Name):
        return parts[0].name, [parts[1]]
    if any(sign not in ("=", "~") for sign in said):
        return None, [node]
    name = label(parts[0])
    if name is None:
        last = label(parts[-1])
        if last is not None and not names(Call("list", tuple(parts[:-1]))):
            return last, parts[:-1]
        return None, [node] if names(Call("list", tuple(parts))) else parts
    rest = parts[1:]
    if name in names(Call("list", tuple(rest))):
        return None, [node]
    return name, rest


def in_radians(node: Node) -> Node:
    """The tree with degrees and percentages inside it written out as plain values."""
    if isinstance(node, Call) and has(node, "angle", "unit"):
        if node.head == "angle":
            return Call("*", (in_radians(node.args[0]), RADIANS))
        if node.head == "unit" and node.args[2] == Name("%"):
            return Call("*", (in_radians(node.args[0]), node.args[1]))
        return Call(node.head, tuple(map(in_radians, node.args)))
    return node


def both_signs(node: Node) -> list[Node]:
    """The two values of a tree with ±, ∓; a tree without is itself. Raises Refused where there are more than one ±."""
    if not has(node, "pm", "mp"):
        return [node]
    if count(node, "pm") > 1 or count(node, "mp") > 1:
        raise Refused("not_understood", "more than one ± could be read in two ways")
    return [signed(node, "+"), signed(node, "-")]


def count(node: Node, wanted: str) -> int:
    if not isinstance(node, Call):
        return 0
    return (node.head == wanted) + sum(count(one, wanted) for one in node.args)


def signed(node: Node, sign: str) -> Node:
    if not isinstance(node, Call):
        return node
    args = tuple(signed(one, sign) for one in node.args)
    if node.head in ("pm", "mp"):
        minus = (sign == "-") == (node.head == "pm")
        last = negative(args[-1]) if minus else args[-1]
        return last if len(args) == 1 else Call("+", (args[0], last))
    return Call(node.head, args)


def items(node: Node) -> list[Node] | None:
    """The members of a list, set or tuple, ± written out; None for what has none."""
    kind = head(node)
    whole_at_once = kind in ("pm", "mp", "tuple", "[]") or (kind not in COLLECTIONS and kind != "rel")
    if whole_at_once and has(node, "pm", "mp"):
        return both_signs(node)
    if kind not in COLLECTIONS or not isinstance(node, Call):
        return None
    found: list[Node] = []
    for one in node.args:
        name, values = unlabelled(one)
        if has(one, "pm") and len(values) == 1 and head(values[0]) not in COLLECTIONS[:-1]:
            found += [named(name, value) for value in both_signs(values[0])]
        else:
            found.append(one)
    return found


def named(name: str | None, value: Node) -> Node:
    return value if name is None else Call("rel", (Name(name), Name("="), value))


def quantity(node: Node) -> tuple[Node, Fraction, str] | None:
    """(value, size of its unit, dimensions) of what has a unit; None for what has none."""
    if head(node) != "unit" or not isinstance(node, Call):
        return None
    value, size, dimensions = node.args
    assert isinstance(size, Num)
    assert isinstance(dimensions, Name)
    return value, size.value, dimensions.name


def with_letters_as_units(node: Node) -> Node:
    """``5 m/s`` read with m and s as units; the tree itself where its letters are no units."""
    try:
        factor, measure = peeled(node)
    except (Refused, ValueError, ZeroDivisionError):
        return node
    if not measure.dimensions or names(factor):
        return node
    return unit_node(factor, measure)


def peeled(node: Node) -> tuple[Node, units.Measure]:
    """A product as its number and its units. Raises Refused where a letter is no unit."""
    if isinstance(node, Name):
        found = units.UNITS.get(node.name)
        if found is None:
            raise Refused("not_understood", f"{node.name} is no unit")
        return whole(1), found
    if isinstance(node, Num) or not names(node):
        return node, units.NONE
    if node.head == "unit":
        value, size, dimensions = parts_of(node)
        factor, measure = peeled(value)
        return factor, units.Measure(size, dimensions.dimensions).times(measure)
    if node.head == "neg":
        factor, measure = peeled(node.args[0])
        return negative(factor), measure
    if node.head in ("*", "/"):
        one, other = peeled(node.args[0]), peeled(node.args[1])
        power = 1 if node.head == "*" else -1
        return Call(node.head, (one[0], other[0])), one[1].times(other[1].power(power))
    if node.head == "^" and isinstance(node.args[1], Num) and node.args[1].value.denominator == 1:
        exponent = node.args[1].value.numerator
        if isinstance(node.args[0], Name) and abs(exponent) <= 9:
            return whole(1), peeled(node.args[0])[1].power(exponent)
    raise Refused("not_understood", "a unit in an unexpected place")


def decimal(node: Node) -> tuple[Fraction, int, int] | None:
    """(value, places, significant digits) of a plain decimal as written, also ``1.5 \\times 10^3``; else None."""
    if isinstance(node, Num):
        if node.places < 0:
            return None
        digits = abs(node.value) * Fraction(10) ** node.places
        return node.value, node.places, len(str(digits.numerator)) if digits else 0
    if head(node) == "neg":
        inner = decimal(node.args[0])  # type: ignore[union-attr]
        return None if inner is None else (-inner[0], inner[1], inner[2])
    if head(node) == "*":
        one, other = node.args  # type: ignore[union-attr]
        inner = decimal(one)
        if inner is None or not isinstance(other, Call) or other.head != "^" or other.args[0] != whole(10):
            return None
        power = other.args[1]
        size = power.args[0] if isinstance(power, Call) and power.head == "neg" else power
        if not isinstance(size, Num) or size.value.denominator != 1 or abs(size.value) > 300:
            return None
        shift = size.value.numerator if size is power else -size.value.numerator
        return inner[0] * Fraction(10) ** shift, inner[1] - shift, inner[2]
    return None
