"""The place in a list of tokens, and what the parts of the reader need of each other."""

from __future__ import annotations

from typing import NoReturn

from filters.mathematics.guards import Refused
from filters.mathematics.tokens import Token
from filters.mathematics.tree import FORMS, Call, Node

END = Token("end", "")


class Cursor:
    """Tokens, read from left to right."""

    def __init__(self, found: list[Token]) -> None:
        self.tokens = [*found, END, END, END]
        self.at = 0
        self.depth = 0
        self.bars = 0
        """Absolute values that are open: within one, the next bar closes it."""
        self.colons = 0
        """Whether a colon means "such that" and not a ratio."""

    @property
    def peek(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += token.kind != "end"
        return token

    def sees(self, kind: str, *texts: str) -> bool:
        token = self.tokens[self.at]
        return token.kind == kind and (not texts or token.text in texts)

    def skip(self, kind: str, *texts: str) -> bool:
        """Whether the next token is one of these; it is taken if so."""
        if self.sees(kind, *texts):
            self.at += 1
            return True
        return False

    def expect(self, kind: str, *texts: str) -> Token:
        if not self.sees(kind, *texts):
            self.refuse()
        return self.take()

    def refuse(self, says: str = "") -> NoReturn:
        token = self.peek
        raise Refused(
            "not_understood", says or (f"unexpected {token.text!r}" if token.kind != "end" else "it ends early")
        )

    # What reading.Reader defines, for the parts that are read within others.

    def statement(self) -> Node:
        raise NotImplementedError

    def sum(self) -> Node:
        raise NotImplementedError

    def power(self) -> Node:
        raise NotImplementedError

    def primary(self) -> Node:
        raise NotImplementedError

    def exponent(self) -> Node:
        raise NotImplementedError

    def letter(self) -> Node:
        raise NotImplementedError

    def name(self, text: str) -> Node:
        raise NotImplementedError

    def begins(self) -> bool:
        raise NotImplementedError

    def value(self, node: Node) -> Node:
        if isinstance(node, Call) and node.head in FORMS and node.head not in ("pm", "mp", "base", "angle"):
            self.refuse(f"a {node.head} where a number was expected")
        return node
