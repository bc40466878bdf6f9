"""Works an answer out from its text alone: a second opinion on the labels of the generator, for tests only.

It knows no more than the notations that the generator writes, shares nothing with the verifiers, and raises ``Unread``
for the rest. Numbers are exact fractions as long as they can be, then complex numbers of sixty digits.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

import mpmath

mp = mpmath.MPContext()
mp.dps = 60

TOKEN = re.compile(r"\\[a-zA-Z]+|\d+\.\d+|\.\d+|\d+|[A-Za-zπ√!^_+\-*/(){}|\[\]%⁄½⅓⅔¼¾⅛⅜⅝]")
UNICODE = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8)}
LARGEST = 1000
"""Of what is still raised to, or multiplied out."""
FUNCTIONS = ("sin", "cos", "tan", "ln", "exp", "log")


class Unread(Exception):
    """A notation that is not known here."""


def undressed(text: str) -> str:
    """Without what stands around an answer."""
    text = text.strip().removesuffix(".").strip()
    for left, right in (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]")):
        if text.startswith(left) and text.endswith(right) and len(text) > len(left + right):
            text = text[len(left) : -len(right)]
            break
    text = re.sub(r"^\\displaystyle ", "", text.strip())
    return re.sub(r"^\\,|\\;$", "", text).strip()


def evaluate(text: str, **letters: Fraction) -> object:
    """The value of an answer, with values for its letters."""
    text = undressed(text)
    text = re.sub(r"(?<=\d)(?:\{,\}|\\,|,)(?=\d{3}(?!\d))", "", text)
    for one, other in {"−": "-", r"\left": "", r"\right": "", r"\displaystyle": "",
                       r"\text{base }": "", r"\cdot": "*", r"\times": "*", r"\div": "/", "**": "^",
                       r"\,": " ", r"\ ": " ", r"\%": "%", "percent": "%", r"\dfrac": r"\frac", r"\tfrac": r"\frac",
                       r"\dbinom": r"\binom", r"\mathrm{i}": "i", r"\mathrm{e}": "e", r"\bar": r"\overline",
                       r"\dot": r"\overline", r"\lvert": "|", r"\rvert": "|",
                       r"{\overline": r"\overline", "π": r"\pi "}.items():  # fmt: skip
        text = text.replace(one, other)
    text = re.sub(r"\\(?:text|mathbf|mathrm)\{ ?([^{}]*)\}", r"\1", text)
    text = re.sub(r"\{(\S+) \\over (\S+)\}", r"\\frac{\1}{\2}", text)
    text = re.sub(r" +\(base (\d+)\)$", r"_{\1}", text)
    if based := re.fullmatch(r"(-?)\(?([0-9A-Fa-f]+)\)?\s*_\s*\{?\(?\s*(\d+)\s*\)?\}?", text):
        return Fraction(int(based[2], int(based[3])) * (-1 if based[1] else 1))
    if repeats := re.fullmatch(r"(-?)(\d+)\.\s*(\d*)\s*\\overline\s*\{?\s*(\d+)\s*\}?", text):
        sign, whole, head, period = repeats.groups()
        part = Fraction(int(head + period) - int(head or 0), (10 ** len(period) - 1) * 10 ** len(head))
        return (int(whole) + part) * (-1 if sign else 1)
    if scientific := re.fullmatch(r"(-?[\d.]+)e(\d)", text):
        return Fraction(scientific[1]) * 10 ** int(scientific[2])
    text = re.sub(r"(?<![\d.}])(\d+)\s*(?=\\frac\{?\d)|(?<![\d.}])(\d+) (?=\d+/\d+)", r"(\1\2)@", text)
    return Reader(text, letters).all()


class Reader:
    """Sums, products with and without a sign between, powers, fractions, roots, functions; ``@`` is a mixed number."""

    def __init__(self, text: str, letters: dict[str, Fraction]) -> None:
        self.tokens = re.findall(TOKEN.pattern[:-1] + "@]", text)
        if "".join(self.tokens) != re.sub(r"\s", "", text):
            raise Unread(text)
        self.at, self.letters, self.bars = 0, letters, 0

    def all(self) -> object:
        value = self.sum()
        if self.at < len(self.tokens):
            raise Unread("".join(self.tokens))
        return value

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            raise Unread(f"{token} where {expected or 'more'} was due")
        self.at += 1
        return token

    def sum(self) -> object:
        total = self.product()
        while self.peek() in ("+", "-"):
            by = -1 if self.take() == "-" else 1
            total = add(total, self.product(), by)
        return total

    def product(self) -> object:
        if self.peek() in ("-", "+"):
            return multiply(-1 if self.take() == "-" else 1, self.product())
        value = self.power()
        while (token := self.peek()) and token not in ("+", "-", ")", "}", "]") and not (token == "|" and self.bars):
            if token == "%":
                self.take()  # the number in front of the sign is what percentages are compared by
            elif token in ("/", "⁄"):
                self.take()
                value = divide(value, self.power())
            elif token == "@":
                self.take()
                value = add(value, self.fraction() if self.peek() == r"\frac" else divide(self.power(), self.over()), 1)
            else:
                value = multiply(value, self.signed() if token == "*" and self.take() else self.power())
        return value

    def over(self) -> object:
        self.take("/")
        return self.power()

    def signed(self) -> object:
        return multiply(-1, self.signed()) if self.peek() == "-" and self.take() else self.power()

    def power(self) -> object:
        value = self.single()
        while self.peek() == "!":
            self.take()
            if not isinstance(value, Fraction) or not 0 <= value <= LARGEST or value.denominator > 1:
                raise Unread(f"{value}!")
            value = Fraction(math.factorial(int(value)))
        if self.peek() == "^":
            self.take()
            return raised(value, self.exponent())
        return value

    def exponent(self) -> object:
        if self.peek() == "{":
            return self.braced()
        return self.signed()

    def braced(self) -> object:
        self.take("{")
        value = self.sum()
        self.take("}")
        return value

    def argument(self) -> object:
        """In braces, or one digit or letter: ``\\frac12``."""
        if self.peek() == "{":
            return self.braced()
        token = self.tokens[self.at]
        if token.isdigit() and len(token) > 1:
            self.tokens[self.at : self.at + 1] = [token[0], token[1:]]
        return self.single()

    def fraction(self) -> object:
        self.take(r"\frac")
        return divide(self.argument(), self.argument())

    def single(self) -> object:
        token = self.peek()
        if token == r"\frac":
            return self.fraction()
        self.take()
        if token[0].isdigit() or token[0] == ".":
            return Fraction(token)
        if token in UNICODE:
            return Fraction(*UNICODE[token])
        if token in ("(", "[", "{"):
            value = self.sum()
            self.take({"(": ")", "[": "]", "{": "}"}[token])
            return value
        if token == r"\binom":
            return choose(self.argument(), int(self.argument()))
        if token in (r"\sqrt", "√"):
            root = 2
            if self.peek() == "[":
                self.take()
                root = int(self.sum())
                self.take("]")
            return raised(self.argument() if token == r"\sqrt" else self.single(), Fraction(1, root))
        if token == r"\pi":
            return mp.pi + 0
        if token[1:] in FUNCTIONS:
            return self.function(token[1:])
        if token.lstrip("\\") in self.letters:
            return self.letters[token.lstrip("\\")]
        if token == "|":
            self.bars += 1
            value = self.sum()
            self.take("|")
            self.bars -= 1
            return abs(value)
        if token == "e":
            return mp.e + 0
        if token == "i":
            return mp.mpc(0, 1)
        for name in ("sqrt", "ln", "pi"):
            if token + "".join(self.tokens[self.at : self.at + len(name) - 1]) == name:
                self.at += len(name) - 1
                return self.spelled(name)
        raise Unread(token)

    def spelled(self, name: str) -> object:
        if name == "pi":
            return mp.pi + 0
        return raised(self.single(), Fraction(1, 2)) if name == "sqrt" else mp.log(number(self.single()))

    def function(self, name: str) -> object:
        power, base = Fraction(1), None
        while self.peek() in ("^", "_"):
            if self.take() == "^":
                power = self.exponent()
            else:
                base = self.argument()
        if self.peek() in ("(", r"\frac"):
            inside = self.single()
        else:
            inside = self.single()
            while self.peek().lstrip("\\") in self.letters:  # sin 2x, but sin x cos x
                inside = multiply(inside, self.single())
        value = number(inside)
        called = mp.log(value) if name in ("ln", "log") else getattr(mp, name)(value)
        return raised(called / mp.log(number(base)) if base is not None else called, power)


def choose(n: object, k: int) -> object:
    value: object = Fraction(1)
    for step in range(k):
        value = divide(multiply(value, add(n, step, -1)), step + 1)
    return value


def number(value: object) -> object:
    return mp.mpf(value.numerator) / value.denominator if isinstance(value, Fraction | int) else value


def add(one: object, other: object, by: int) -> object:
    if isinstance(one, Fraction | int) and isinstance(other, Fraction | int):
        return one + by * other
    return number(one) + by * number(other)


def multiply(one: object, other: object) -> object:
    if isinstance(one, Fraction | int) and isinstance(other, Fraction | int):
        return one * other
    return number(one) * number(other)


def divide(one: object, other: object) -> object:
    if isinstance(one, Fraction | int) and isinstance(other, Fraction | int):
        return Fraction(one) / Fraction(other)
    return number(one) / number(other)


def raised(value: object, power: object) -> object:
    if isinstance(power, Fraction) and power.denominator == 1 and isinstance(value, Fraction):
        if abs(power) > LARGEST:
            raise Unread(f"{value}^{power}")
        return value ** int(power)
    return number(value) if power == 1 else mp.power(number(value), number(power))


def same(one: object, other: object) -> bool:
    """Exactly, or to fifty digits."""
    if isinstance(one, Fraction | int) and isinstance(other, Fraction | int):
        return one == other
    difference = abs(number(one) - number(other))
    return bool(difference <= mp.mpf(10) ** -50 * max(1, abs(number(one))))
