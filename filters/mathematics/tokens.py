"""Text and LaTeX into tokens, in one pass.

A token is (kind, text, spaced): kinds are ``num``, ``word`` (a run of letters), ``cmd`` (a LaTeX command without its
backslash), ``sym``, ``text`` (what \\text{...} and kin hold), ``vec`` (a letter in bold or under an arrow), ``or``,
``and``, ``end``. ``spaced`` says whether white space stood before it. What only sets the page (\\left, \\displaystyle,
thin spaces, dollar signs around all of it) is dropped.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from filters.mathematics.guards import Refused


class Token(NamedTuple):
    kind: str
    text: str
    spaced: bool = False


SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
GREEK = dict(
    zip(
        "αβγδεζηθικλμνξρστυφχψωΓΔΘΛΞΠΣΦΨΩ",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi "
        "omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split(),
        strict=True,
    )
)
FRACTIONS = {"½": "12", "⅓": "13", "⅔": "23", "¼": "14", "¾": "34", "⅕": "15", "⅖": "25", "⅗": "35", "⅘": "45"}
FRACTIONS |= {"⅙": "16", "⅚": "56", "⅛": "18", "⅜": "38", "⅝": "58", "⅞": "78"}
SAME = {
    **dict.fromkeys("−–—‒﹣", "-"),
    **dict.fromkeys("×✕✖", r"\times "),
    **dict.fromkeys("·⋅∙•∗", r"\cdot "),
    **{mark: rf"\{name} " for mark, name in GREEK.items()},
    **{mark: rf"\frac{{{pair[0]}}}{{{pair[1]}}}" for mark, pair in FRACTIONS.items()},
    **dict.fromkeys("  　     ⁠", " "),
    **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    "÷": r"\div ",
    "√": r"\surd ",
    "∛": r"\surdthree ",
    "π": r"\pi ",
    "∞": r"\infty ",
    "≤": r"\le ",
    "≥": r"\ge ",
    "⩽": r"\le ",
    "⩾": r"\ge ",
    "≠": r"\ne ",
    "≈": r"\approx ",
    "∪": r"\cup ",
    "∩": r"\cap ",
    "∖": r"\setminus ",
    "∈": r"\in ",
    "∅": r"\emptyset ",
    "ℝ": r"\mathbb{R}",
    "ℤ": r"\mathbb{Z}",
    "ℕ": r"\mathbb{N}",
    "ℚ": r"\mathbb{Q}",
    "ℂ": r"\mathbb{C}",
    "±": r"\pm ",
    "∓": r"\mp ",
    "°": r"^\circ ",
    "⟨": r"\langle ",
    "⟩": r"\rangle ",
    "⌊": r"\lfloor ",
    "⌋": r"\rfloor ",
    "⌈": r"\lceil ",
    "⌉": r"\rceil ",
    "⁄": "/",
    "∕": "/",
    "∣": "|",
    "ϕ": r"\phi ",
    "ϑ": r"\theta ",
    "ϵ": r"\epsilon ",
    "µ": r"\mu ",
    "ℓ": r"\ell ",
    "’": "'",
    "′": "'",
    "，": ", ",
    "、": ", ",
    "；": "; ",
    "。": ".",
    "“": '"',
    "”": '"',
    "€": r"\euro ",
    "£": r"\pounds ",
    "¥": r"\yen ",
}
TRANSLATE = str.maketrans(SAME)
RAISED = re.compile(f"[{''.join(SUPERSCRIPTS)}]+")
LOWERED = re.compile(f"[{''.join(SUBSCRIPTS)}]+")

SILENT = frozenset(
    "left right displaystyle textstyle scriptstyle quad qquad big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl "
    "Biggr limits nolimits thinspace enspace hfill large Large LARGE small normalsize bf rm it sf tt mathstrut".split()
)
RENAMED = dict(
    pair.split("=>")
    for pair in (
        "leq=>le leqslant=>le leqq=>le geq=>ge geqslant=>ge geqq=>ge neq=>ne dfrac=>frac tfrac=>frac "
        "cfrac=>frac varnothing=>emptyset lbrace=>{ rbrace=>} ast=>cdot star=>cdot lvert=>| rvert=>| vert=>| "
        "dbinom=>binom tbinom=>binom varphi=>phi varepsilon=>epsilon vartheta=>theta degree=>circ lt=>< gt=>> "
        "backslash=>setminus colon=>: to=>rightarrow bullet=>cdot land=>wedge lor=>vee lbrack=>[ rbrack=>] "
        "imath=>i dots=>ldots infin=>infty thickapprox=>approx arcsinh=>arsinh lparen=>( rparen=>)"
    ).split()
)
"""Commands that mean the same as another."""
WORDY = frozenset(
    "text textrm textbf textit textsf texttt textnormal mbox mathrm mathbf mathit mathsf mathtt operatorname "
    "boldsymbol bm vec hat overrightarrow hbox mathnormal".split()
)
BOLD = frozenset("mathbf boldsymbol bm vec hat overrightarrow".split())
NUMBER_FIRST = re.compile(r"[+-]?\d", re.ASCII)
ONE_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?", re.ASCII)

# A thousands separator: {,} or a thin space; a plain comma or space only where nothing speaks against it.
GROUPED = r"\d{1,3}(?:(?:\{,\}|,?\\[,!;:]|,?\\[ ])[ ]?\d{3})+(?!\d)"
COMMAS = r"(?<![\d.])[1-9]\d{0,2}(?:,\d{3})+(?!\d)"
SPACES = r"(?<![\d.])[1-9]\d{0,2}(?:[ ]\d{3})+(?!\d)(?!\s*/)"
TOKEN = re.compile(
    rf"""(?P<space>(?:\s|~|\\[,;:!\ >]|\\\n)+)
    | (?P<num>(?:(?P<joined>{GROUPED})|(?P<commas>{COMMAS})|(?P<spaces>{SPACES})|\d+)(?:\.\d+)?|\.\d+)
    | (?P<word>[A-Za-z]+)
    | \\(?P<cmd>[A-Za-z]+\*?|[{{}}%$|&\#_])
    | (?P<row>\\\\(?:\[[\d.]+(?:pt|em|ex|mm|cm)\])?)
    | (?P<sym>\*\*|<=|>=|!=|==|\.\.\.|->|.)""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)
POWER_OF_TEN = re.compile(r"[eE]([+-]?\d{1,4})(?![\d.A-Za-z^_(])", re.ASCII)


def tokens(text: str, commas: bool = True) -> list[Token]:
    """The tokens of a guarded text. ``commas``: whether ``1,000`` outside brackets is one number, not two.

    Raises Refused for what cannot be cut into tokens.
    """
    text = unwrapped(text)
    if not text.isascii():
        text = RAISED.sub(lambda run: "^{" + "".join(map(SUPERSCRIPTS.__getitem__, run[0])) + "}", text)
        text = LOWERED.sub(lambda run: "_{" + "".join(map(SUBSCRIPTS.__getitem__, run[0])) + "}", text)
        text = text.translate(TRANSLATE)
        if not text.isascii():
            strange = next(mark for mark in text if not mark.isascii())
            raise Refused("not_understood", f"unexpected character {strange!r}")
    found: list[Token] = []
    position, depth, spaced = 0, 0, False
    braces: list[bool] = []
    while position < len(text):
        match = TOKEN.match(text, position)
        assert match is not None
        kind, value = match.lastgroup or "", match[0]
        position = match.end()
        if kind == "space":
            spaced = True
            continue
        if match["num"] is not None:
            if match["commas"] and (depth or not commas):
                value = value[: value.index(",")]
                position = match.start() + len(value)
            elif match["spaces"] and depth:
                value = value[: value.index(" ")]
                position = match.start() + len(value)
            elif match["joined"] or match["commas"] or match["spaces"]:
                value = "".join(mark for mark in value if mark.isdigit() or mark == ".")
            power = POWER_OF_TEN.match(text, position)
            if power:
                value, position = f"{value}e{power[1]}", power.end()
            found.append(Token("num", value, spaced))
        elif match["word"] is not None:
            found.append(word(value, spaced))
        elif match["cmd"] is not None:
            name = RENAMED.get(match["cmd"], match["cmd"])
            if name in WORDY:
                inner, position = group(text, position)
                written(found, name, inner, spaced)
            elif name in ("hspace", "vspace", "phantom", "label", "tag", "color"):
                inner, position = group(text, position)
                if name in ("phantom", "tag"):
                    raise Refused("not_understood", f"unexpected \\{name}")
            elif name in ("begin", "end", "mathbb", "mathcal"):
                inner, position = group(text, position)
                found.append(Token("cmd", f"{name} {inner.strip()}", spaced))
            elif name in SILENT:
                spaced = True
                continue
            elif name in ("|", "[", "]", "(", ")", "<", ">", ":"):
                depth += {"[": 1, "(": 1, "]": -1, ")": -1}.get(name, 0)
                found.append(Token("sym", name, spaced))
            elif name in ("$", "%"):
                found.append(Token("sym", name, spaced))
            else:
                depth += {"{": 1, "}": -1, "langle": 1, "rangle": -1}.get(name, 0)
                found.append(Token("cmd", name, spaced))
        elif match["row"] is not None:
            found.append(Token("sym", "\\\\", spaced))
        else:
            value = {"**": "^", "<=": "\\le", ">=": "\\ge", "!=": "\\ne", "==": "="}.get(value, value)
            if value[0] == "\\" and len(value) > 1:
                found.append(Token("cmd", value[1:], spaced))
            else:
                if value in "([":
                    depth += 1
                elif value in ")]":
                    depth -= 1
                elif value == "{":  # of a set in plain text, or only a group of LaTeX's
                    braces.append(not found or (found[-1].kind != "cmd" and found[-1].text not in ("}", "^", "_")))
                    depth += braces[-1]
                elif value == "}" and braces:
                    depth -= braces.pop()
                found.append(Token("sym", value, spaced))
        spaced = False
    return found


def word(value: str, spaced: bool) -> Token:
    return Token(value, value, spaced) if value in ("or", "and") else Token("word", value, spaced)


def written(found: list[Token], name: str, inner: str, spaced: bool) -> None:
    """Append what \\text{...} or one of its kin holds."""
    inner = inner.strip().strip("~").strip()
    inner = inner.removesuffix("\\").strip() if inner.endswith("\\ ") else inner
    if not inner.strip(".,;:!"):
        return
    if inner in ("$", "\\$", "%", "\\%"):
        found.append(Token("sym", inner[-1], spaced))
    elif ONE_NUMBER.fullmatch(inner) and name in ("vec", "hat", "overrightarrow"):
        raise Refused("not_understood", "a number under an arrow")
    elif inner == "d" and name == "mathrm":
        raise Refused("not_understood", "a differential")
    elif ONE_NUMBER.fullmatch(inner):
        found.extend(tokens(inner))
    elif inner.strip(",; ").lower() in ("or", "and"):
        kind = inner.strip(",; ").lower()
        found.append(Token(kind, kind, spaced))
    elif len(inner) == 1 and inner.isalpha() and name in BOLD:
        found.append(Token("vec", inner, spaced))
    elif name in ("operatorname", "mathrm", "mathit", "mathbf", "boldsymbol", "bm", "mathsf", "mathnormal") and (
        inner.isalpha()
        and inner.isascii()
        and (len(inner) == 1 or name == "operatorname" or inner in PLAIN_FUNCTIONS)
        and not (name == "mathrm" and inner in UPRIGHT_UNITS)
    ):
        found.append(Token("word", inner, spaced))
    elif (name in BOLD and "\\" not in inner and not inner.isalpha()) or (
        "\\" in inner and name not in ("text", "mbox", "textbf", "textit", "textrm")
    ):
        found.extend(tokens(inner))
    elif NUMBER_FIRST.match(inner):  # \text{175 m}
        for token in tokens(inner):
            found.append(Token("text", token.text, token.spaced) if token.kind == "word" else token)
    else:
        found.append(Token("text", inner, spaced))


PLAIN_FUNCTIONS = frozenset("sin cos tan ln log exp arcsin arccos arctan sqrt lcm gcd sgn max min".split())
UPRIGHT_UNITS = frozenset("m g s h l L N J W V A K C F".split())


def group(text: str, position: int) -> tuple[str, int]:
    """What the braces (or the one character) after a command hold, and where they end."""
    while position < len(text) and text[position] == " ":
        position += 1
    if position >= len(text):
        raise Refused("not_understood", "a command has no argument")
    if text[position] != "{":
        if text[position] == "\\":
            raise Refused("not_understood", "a command has no argument in braces")
        return text[position], position + 1
    depth = 0
    for end in range(position, len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            return text[position + 1 : end], end + 1
    raise Refused("not_understood", "a brace is not closed")


WRAPS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("\\boxed{", "}"), ("\\fbox{", "}"), ("**", "**"))
BRACED = re.compile(r"[{}]")


def unwrapped(text: str) -> str:
    """The text without dollar signs, \\boxed{} and the like around all of it, and without a full stop after it."""
    while True:
        before = text
        text = text.strip()
        if text.endswith("\\") and not text.endswith("\\\\"):  # a space of LaTeX's that lost its space
            text = text[:-1].rstrip()
        while text and text[-1] in ".,;:" and not text.endswith(("\\,", "\\;", "\\:", "..", "\\.")):
            text = text[:-1].rstrip()
        for opening, closing in WRAPS:
            if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening) + len(closing):
                inner = text[len(opening) : -len(closing)]
                if closing == "}" and not balanced(inner):
                    continue
                if closing != "}" and (opening in inner or closing in inner):
                    continue
                if opening == "$" and inner.endswith("\\"):
                    continue
                text = inner
                break
        if text == before:
            return dollars(text)


def dollars(text: str) -> str:
    """Dollar signs in pairs around parts of a text (``$x=2$ or $x=3$``) only set it in italics."""
    if "\\(" in text:
        text = text.replace("\\(", " ").replace("\\)", " ")
    signs = text.replace("\\$", "").count("$")
    if signs and signs % 2 == 0:
        return re.sub(r"(?<!\\)\$", " ", text)
    return text


def balanced(text: str) -> bool:
    depth = 0
    for brace in BRACED.findall(text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def spelled(found: list[Token]) -> str:
    """Tokens as one text: equal texts were the same answer up to spaces and typesetting."""
    said, last = [], ""
    for token in found:
        if last in ("num", "word", "text") and token.kind in ("num", "word", "text", "or", "and"):
            said.append(" ")
        said.append(token.text if token.kind != "cmd" else "\\" + token.text + " ")
        last = token.kind
    return "".join(said).strip()
