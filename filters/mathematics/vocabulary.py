"""The names that reading knows: functions, constants, letters, relations, and words that stand for mathematics."""

from __future__ import annotations

from filters.mathematics.tree import IMAGINARY, INFINITY, PI, Call, E, Name, Node

FUNCTIONS = {
    **{name: name for name in "sin cos tan cot sec csc sinh cosh tanh ln exp".split()},
    **{f"arc{name}": f"arc{name}" for name in "sin cos tan cot sec csc".split()},
    **{f"a{name}": f"arc{name}" for name in "sin cos tan".split()},
    "arsinh": "arcsinh",
    "arcosh": "arccosh",
    "artanh": "arctanh",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "arccosh": "arccosh",
    "arctanh": "arctanh",
    "arcsinh": "arcsinh",
    "cosec": "csc",
    "tg": "tan",
    "log": "log",
    "lg": "lg",
    "sgn": "sgn",
    "abs": "abs",
    "floor": "floor",
    "ceil": "ceil",
    "max": "max",
    "min": "min",
    "gcd": "gcd",
    "lcm": "lcm",
    "cbrt": "cbrt",
    "sqrt": "sqrt",
    "binom": "binom",
    "binomial": "binom",
}
INVERSE = {name: f"arc{name}" for name in ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh")}
TRIGONOMETRIC = frozenset(INVERSE)
CONSTANTS = {
    "pi": PI,
    "Pi": PI,
    "infty": INFINITY,
    "infinity": INFINITY,
    "inf": INFINITY,
    "oo": INFINITY,
    "e": E,
    "i": IMAGINARY,
}
CONSTANTS |= {"Infinity": INFINITY}
LETTERS = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega ell hbar".split()
)
RELATIONS = {"=": "=", "<": "<", ">": ">", "le": "<=", "ge": ">=", "ne": "!=", "approx": "~", "in": "in", "≈": "~"}
BRACKETS = ("pmatrix", "bmatrix", "Bmatrix", "matrix", "smallmatrix", "array")
SETS = {"mathbb R": "R", "mathbb Z": "Z", "mathbb N": "N", "mathbb Q": "Q", "mathbb C": "C"}
SPOKEN: dict[str, Node] = {
    **dict.fromkeys(("no solution", "no solutions", "empty set", "the empty set"), Call("set")),
    **dict.fromkeys(("all real numbers", "all reals", "the real numbers"), Call("text", (Name("R"),))),
    "infinity": INFINITY,
}
"""Words that stand for something of mathematics."""
BASES = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
BASES |= {"twelve": 12, "sixteen": 16}
BEGINNERS = frozenset(
    [
        *("frac", "surd", "surdthree", "binom", "lfloor", "lceil", "langle", "{", "sqrt", "infty"),
        *(f"begin {kind}" for kind in (*BRACKETS, "vmatrix")),
    ]
)
