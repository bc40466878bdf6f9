"""What stands in brackets: groups, tuples, intervals, sets, matrices, absolute values."""

from __future__ import annotations

from collections.abc import Callable

from filters.mathematics.cursor import Cursor
from filters.mathematics.quantities import Quantities
from filters.mathematics.tree import Call, Name, Node, negative
from filters.mathematics.vocabulary import BRACKETS


class Brackets(Quantities):
    """Reads brackets."""

    def inside(self, read: Callable[[], Node]) -> Node:
        """Read something in brackets: bars that are open outside do not close in here."""
        bars, self.bars = self.bars, 0
        node = read()
        self.bars = bars
        return node

    def absolute(self, closing: str) -> Node:
        bars, self.bars = self.bars, 1
        node = self.value(self.sum())
        self.bars = bars
        self.expect("sym", closing)
        return Call("abs", (node,))

    def bracket(self, opening: str) -> Node:
        """A group, a tuple or an interval."""
        if opening == "(" and self.sees("sym", ")"):
            self.refuse()
        if opening == "(":
            run, count = self.figures(self.at)
            if count and self.tokens[self.at + count].text == ")" and self.base_ahead(self.at + count + 1)[1]:
                self.at += count + 1
                return self.based(run)
        inner = self.inside(self.statement)
        items = inner.args if isinstance(inner, Call) and inner.head == "list" else (inner,)
        if opening == "langle":
            self.expect("cmd", "rangle")
            return Call("tuple", items)
        closing = self.expect("sym", ")", "]", "[").text
        if opening == "]" or closing == "[":  # ]1, 2[ is (1, 2) in French
            if opening == "(" or closing == ")":
                self.refuse()
            opening, closing = {"]": "("}.get(opening, opening), {"[": ")"}.get(closing, closing)
            if len(items) != 2:
                self.refuse("an interval has two ends")
            return Call("tuple" if opening + closing == "()" else opening + closing, items)
        if closing == {"(": ")", "[": "]"}[opening] and len(items) == 1:
            if opening == "(":
                return inner
            if isinstance(inner, Call) and inner.head == "matrix":
                return inner
            if isinstance(inner, Call) and inner_is_row(inner):
                return table([inner.args], self)
            return Call("[]", items) if inner_is_row(inner) or not self.amid() else self.value(inner)
        if opening == "(" and closing == ")":
            return Call("tuple", items)
        node = Call(opening + closing, items)
        if opening + closing != "[]" and len(items) != 2:
            self.refuse("an interval has two ends")
        if opening + closing == "[]" and all(inner_is_row(item) for item in items):
            return table([item.args for item in items], self)  # type: ignore[union-attr]
        return node

    def amid(self) -> bool:
        """Whether a bracket is part of a formula: then it only groups."""
        return self.peek.kind != "end" and (self.begins() or self.peek.text in "+-*/^")

    def braces(self) -> Node:
        """A group of LaTeX's, or a set in plain text."""
        if self.sees("sym", "}"):
            self.take()
            return Call("set")
        inner = self.inside(self.statement)
        if self.skip("cmd", "over"):
            inner = Call("/", (self.value(inner), self.value(self.inside(self.sum))))
        elif self.skip("cmd", "choose"):
            inner = Call("binom", (self.value(inner), self.value(self.inside(self.sum))))
        self.expect("sym", "}")
        if isinstance(inner, Call) and inner.head == "list":
            return Call("set", inner.args)
        return inner

    def set(self) -> Node:
        if self.skip("cmd", "}"):
            return Call("set")
        bars, self.bars = self.bars, 1
        self.colons += 1
        first = self.statement()
        self.colons -= 1
        self.bars = bars
        if self.skip("sym", "|", ":") or self.skip("cmd", "mid"):
            # {x | x > 2} is what the condition says of x.
            condition = self.inside(self.statement)
            self.expect("cmd", "}")
            if isinstance(first, Call) and first.head == "rel" and first.args[1] == Name("in") and len(first.args) == 3:
                first = first.args[0] if first.args[2] == Call("text", (Name("R"),)) else first
            if not isinstance(first, Name):
                self.refuse()
            return Call("where", (first, condition))
        self.expect("cmd", "}")
        if (
            isinstance(first, Call)
            and first.head == "ratio"
            and len(first.args) == 2
            and isinstance(first.args[0], Name)
        ):
            self.refuse()
        return Call("set", first.args if isinstance(first, Call) and first.head == "list" else (first,))

    def matrix(self, kind: str) -> Node:
        if kind == "array":
            self.expect("sym", "{")
            while not self.skip("sym", "}"):
                if not (self.sees("word") or self.sees("sym", "|")):
                    self.refuse()
                self.take()
        elif kind not in BRACKETS and kind not in ("vmatrix",):
            self.refuse()
        rows: list[list[Node]] = [[]]
        while True:
            if self.skip("cmd", f"end {kind}"):
                break
            rows[-1].append(self.inside(self.sum))
            if self.skip("cmd", "&"):
                continue
            if self.skip("sym", "&"):
                continue
            if self.skip("sym", "\\\\"):
                self.skip("cmd", "hline")
                if not self.sees("cmd", f"end {kind}"):
                    rows.append([])
                continue
            self.expect("cmd", f"end {kind}")
            break
        node = table([tuple(row) for row in rows], self)
        return self.determinant([list(row.args) for row in node.args]) if kind == "vmatrix" else node  # type: ignore[union-attr]

    def determinant(self, rows: list[list[Node]]) -> Node:
        """A determinant written out, of up to four rows."""
        if len(rows) != len(rows[0]) or len(rows) > 4:
            self.refuse("a determinant of that size")
        if len(rows) == 1:
            return rows[0][0]
        terms: list[Node] = []
        for column, cell in enumerate(rows[0]):
            rest = self.determinant([row[:column] + row[column + 1 :] for row in rows[1:]])
            term = Call("*", (cell, rest))
            terms.append(negative(term) if column % 2 else term)
        return Call("+", tuple(terms))


def inner_is_row(node: Node) -> bool:
    return isinstance(node, Call) and node.head == "[]"


def scaled(factor: Node, matrix: Call) -> Node:
    rows = [Call("row", tuple(Call("*", (factor, cell)) for cell in row.args)) for row in matrix.args]  # type: ignore[union-attr]
    return Call("matrix", tuple(rows))


def table(rows: list[tuple[Node, ...]], reader: Cursor) -> Call:
    """A matrix of rows of one length."""
    if len({len(row) for row in rows}) != 1 or not rows[0] or sum(map(len, rows)) > 400:
        reader.refuse("the rows of a matrix differ in length")
    return Call("matrix", tuple(Call("row", tuple(map(reader.value, row))) for row in rows))
