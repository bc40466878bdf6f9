"""Values with a unit: the words behind a number, degrees, units alone as below a fraction line."""

from __future__ import annotations

from fractions import Fraction

from filters.mathematics import units
from filters.mathematics.guards import Refused
from filters.mathematics.numerals import Numerals
from filters.mathematics.tree import Call, Name, Node, Num, whole
from filters.mathematics.vocabulary import CONSTANTS, FUNCTIONS, LETTERS, SPOKEN


class Quantities(Numerals):
    """Reads units."""

    def unit_word(self) -> bool:
        """Whether a unit in plain text follows: ``5 cm``; single letters are variables until a key says otherwise."""
        token = self.peek
        return (
            token.kind == "word"
            and self.at > 0
            and (token.text in units.PLAIN or (len(token.text) > 3 and token.spaced and self.noun(token.text)))
            and (self.tokens[self.at - 1].kind == "num" or self.tokens[self.at - 1].text in ("}", ")", "pi"))
        )

    @staticmethod
    def noun(text: str) -> bool:
        return (
            text not in FUNCTIONS
            and text not in CONSTANTS
            and text not in LETTERS
            and text.lower() not in units.NO_UNITS
        )

    def with_unit(self, node: Node) -> Node:
        """A value with the unit that follows it: words, powers and quotients of words."""
        said, raised = "", ""
        while True:
            kind, text, _ = self.peek
            if kind == "text" or (kind == "word" and (text in units.UNITS or self.noun(text))):
                said += " " + self.take().text
            elif kind == "sym" and text == "/":
                said += self.take().text
            elif kind == "cmd" and text in ("cdot", "times"):
                self.take()
                said += "*"
            elif kind == "sym" and text == "^":
                self.take()
                braced = self.skip("sym", "{")
                raised = ("-" if self.skip("sym", "-") else "") + self.expect("num").text
                if braced:
                    self.expect("sym", "}")
                said += f"^{raised}"
            else:
                break
        said = said.strip()
        if said.lower() in ("%", "percent", "\\%"):
            return Call("unit", (self.value(node), Num(Fraction(1, 100)), Name("%")))
        if said.lower() in ("degrees", "degree", "deg"):
            return Call("angle", (self.value(node),))
        if said.lower().startswith("base "):
            self.refuse()
        found = units.measure(said.replace("\\", " ")) if "\\" not in said.replace("\\ ", " ") else None
        if found is None:
            self.refuse(f"{said[:40]!r} is no unit")
        return unit_node(self.value(node), found)

    def wordy(self, text: str) -> Node:
        """Words where a value was expected: \\text{...} at the beginning."""
        lower = text.lower().strip(" .")
        if lower in SPOKEN:
            return SPOKEN[lower]
        if len(text) == 1 and text.isalpha() and text.isascii():
            return self.name(text)
        found = units.measure(text)
        if found is not None and not (found.dimensions and found.dimensions[0][0].startswith("#")):
            return unit_node(whole(1), found)  # a unit alone, as below a fraction line
        self.refuse(f"{text[:40]!r} is not mathematics")
        return None

    def degrees(self) -> bool:
        """Whether a degree sign stands after the ``^``; it is taken if so."""
        if self.skip("cmd", "circ"):
            return True
        if self.sees("sym", "{") and self.tokens[self.at + 1].text == "circ" and self.tokens[self.at + 2].text == "}":
            self.at += 3
            return True
        return False

    def degree(self, node: Node) -> Node:
        if self.peek.kind in ("word", "text") and self.peek.text in ("C", "F", "Celsius", "Fahrenheit"):
            return Call("unit", (node, whole(1), Name(f"[deg{self.take().text[0]}]")))
        return Call("angle", (node,))


def unit_node(value: Node, found: units.Measure) -> Node:
    if not found.dimensions:  # radians are plain numbers
        return value if found.size == 1 else Call("*", (value, Num(found.size)))
    return Call("unit", (value, Num(found.size), Name(f"[{units.named(found)}]")))


def unit_of(node: Node) -> Node:
    """A single letter beside a unit is a unit too, where there is one of that name."""
    found = units.UNITS.get(node.name) if isinstance(node, Name) else None
    return node if found is None else unit_node(whole(1), found)


def parts_of(node: Node) -> tuple[Node, Fraction, units.Measure]:
    """The value, size and dimensions of a quantity; a plain value has none."""
    if not (isinstance(node, Call) and node.head == "unit"):
        return node, Fraction(1), units.NONE
    value, size, named = node.args
    assert isinstance(size, Num)
    assert isinstance(named, Name)
    if not named.name.startswith("["):
        raise Refused("not_understood", "a percentage of a unit")
    dimensions = []
    for one in named.name[1:-1].split("*"):
        base, _, power = one.partition("^")
        if base:
            dimensions.append((base, int(power or 1)))
    return value, size.value, units.Measure(Fraction(1), tuple(dimensions))
