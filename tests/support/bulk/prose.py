"""Text that reads like thinking from afar and compresses like prose, some hundred megabytes of it a second.

Sentences are templates whose slots are filled from vocabularies with Zipf's frequencies: real words in their head, in
their tail words put together from real stems. No Python runs per word: a block of texts is one ``take`` of tokens, and
the texts are slices of its buffer.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product

import numpy as np
import pyarrow as pa

DRAWS = 1 << 16
"""Entries of a vocabulary's table: a word stands in it as often as Zipf has it, so that a draw is one look-up."""
PIECE = 1 << 22
"""Bytes that are written at a time: what is made of them stays in the processor's cache."""

NOUNS = """
value number sum answer case product step term equation result side root factor point line problem set length
function area order pair way sequence rate condition digit total angle method index graph part rule range list count
ratio limit block edge row column field unit power error proof bound string node key path letter word force energy
mass charge cell sample weight price day hour train river table garden market paper circle square triangle prime
divisor remainder integer fraction variable constant coefficient polynomial matrix vector interval series formula
loop array index buffer token branch state machine program input output system pressure temperature volume reaction
acid metal sentence story letter song bridge window clock ladder basket bottle engine island forest planet signal
circuit
""".split()
VERBS = """
is gives has becomes means shows needs takes makes equals holds follows leaves keeps changes fits adds divides
requires contains produces reaches crosses counts moves grows meets covers explains suggests satisfies determines
exceeds matches implies simplifies starts ends repeats returns carries joins splits balances
""".split()
ADJECTIVES = """
same first second other small large right left total possible different whole new simple direct given equal only
last next positive negative even odd prime linear exact long short true wrong common maximal minimal original final
general special square finite constant previous remaining
""".split()
LINKS = """
the a of and to in that for with as so by from at on if we then this it each which when where because but not no
also only into over under between after before both every some any all more than its their our here there now
""".split()
STEMS = """
act cede ceive claim clude cord cur dict duce fer firm flect form fuse gest grade gress ject lect mit mode move nect
note pact pel pend plain plete ply port pose press prove quire range read scribe sect sense serve sign sist solve
sort spect sphere spire state strict struct sult sume tain tend tense test text tract trace treat turn vail vent
verse view vise vite voke volve
""".split()
PREFIXES = "re de in con ex per pro trans sub inter over under out un dis mis fore co".split()
SUFFIXES = ["", "s", "ing", "ed", "ion", "ment", "able", "er", "or", "ive", "al", "ance", "ful", "ness"]
HAN = (
    "数值和式题解项根边点线角面积长度方程函条件因子结果步骤等于大小左右正负奇偶整除余最范围序列集合元素图形三圆矩阵"
    "向量时间速距离重价格温能质电荷反应细胞样本输入出循环组状态系统规则法思路证明假设定理公概率期望差字符径节颜色位"
    "置单总共平均分百比例增加减少相同不可必须需要该容易复杂简特殊一般"
)

ENGLISH = """
{Link} {adj} {noun} {verb} {link} {noun} {link} {adj} {noun}.
{Link} {noun} {verb} {number}, {link} {noun} {link} {noun} {verb} {adj}.
Let me check {link} {adj} {noun}: {equation}, so {link} {noun} {verb} {number}.
So {link} {noun} {link} {noun} {verb} {link} {adj} {noun} {link} {number}.
Wait, {link} {noun} {verb} {link} {noun}, not {link} {adj} {noun}.
If {var} = {number}, then {link} {noun} {verb} {link} {adj} {noun} {link} {noun}.
{Link} {noun} {link} {adj} {noun} {verb} {equation}.
Hmm, {link} {noun} {verb} {adj}, {link} {link} {noun} {verb} {link} {noun} {link} {number} {noun}s.
Now {equation}, and {equation}.
{Link} {noun} {verb} {link} {noun}, {link} {noun} {verb} {link} {adj} {noun}, {link} {adj} {noun} {verb} {link} {noun}.
Since {link} {noun} {verb} {link} {adj} {noun}, {link} {noun} {link} {var} {verb} {number}.
{Link} {adj} {noun} {link} {noun} {verb} {link} {noun} {link} {adj} {noun} {link} {link} {noun}.
That {verb} {link} {noun} {link} {noun}; {link} {adj} {noun} {verb} {number} {link} {number}.
{Var} + {number} = {number}, {link} {var} {verb} {link} {adj} {noun}.
But {link} {noun} {link} {noun} {verb} {adj} {link} {noun}, {link} {noun} {verb} {link} {noun}?
Therefore {link} {adj} {noun} {verb} {number}.
Alternatively, {link} {noun} {verb} {link} {noun} {link} {adj} {noun} {link} {noun}.
{Link} {noun} {verb} {noun} {link} {noun}: {number}, {number}, {number} {link} {number}.
""".strip().splitlines()
CHINESE = """
{adj}{noun}的{noun}{verb}{adj}{noun}。
所以{noun}{verb}{number}，{noun}的{adj}{noun}{verb}{noun}。
让我检查{adj}{noun}：{equation}，因此{noun}{verb}{number}。
等等，{noun}{verb}{noun}，而{adj}{noun}{verb}{noun}。
如果 {var} = {number}，那么{noun}{verb}{adj}{noun}。
{noun}和{noun}{verb}{adj}，{noun}{verb}{noun}，{adj}{noun}{verb}{noun}。
现在 {equation}，{noun}{verb}{adj}{noun}。
因为{adj}{noun}{verb}{noun}，{noun}{verb}{number}。
{noun}{verb}{noun}，{noun}{verb}{adj}{noun}，{noun}的{noun}{verb}{number}。
""".strip().splitlines()
ENDINGS = (("en", (" ", " ", " ", "\n", "\n\n")), ("zh", ("", "", "", "\n", "\n\n")))


def zipf(words: list[str], exponent: float = 1.05) -> list[str]:
    """Each word as often as it shall be drawn, ``DRAWS`` entries in all; the first word most often."""
    shares = 1 / (np.arange(len(words)) + 3.0) ** exponent
    counts = np.floor(shares / shares.sum() * (DRAWS - len(words))).astype(int) + 1
    counts[0] += DRAWS - counts.sum()
    return np.repeat(np.array(words, dtype=object), counts).tolist()


def tail(kinds: list[str]) -> list[str]:
    """Words put together from stems, in an order that mixes them; no two lists that differ in ``kinds`` share one."""
    made = [a + b + c for a, b, c in product(PREFIXES, STEMS, kinds)]
    return [made[(place * 7919) % len(made)] for place in range(len(made))]


def vocabulary(language: str) -> dict[str, list[str]]:
    """The words of each kind of slot."""
    numbers = [str(n) for n in (*range(2, 100), *range(100, 2000, 7))]
    pairs = [(a, b) for a in range(2, 60) for b in range(3, 45)]
    equations = [
        (f"{a} + {b} = {a + b}", f"{a} * {b} = {a * b}", f"{a + b} - {b} = {a}", f"{a * b} / {b} = {a}")[place % 4]
        for place, (a, b) in enumerate(pairs)
    ]
    shared = {"number": numbers, "equation": [equations[(n * 1009) % len(equations)] for n in range(len(equations))]}
    shared["var"] = list("xnkyabmpqrstuvwz")
    if language == "zh":
        two = [HAN[a] + HAN[(a * 7 + b * 13) % len(HAN)] for b in range(1, 25) for a in range(len(HAN))]
        two = list(dict.fromkeys(two))
        third = len(two) // 3
        return shared | {"noun": two[:third], "verb": two[third : 2 * third], "adj": two[2 * third :]}
    return shared | {
        "noun": NOUNS + tail([SUFFIXES[n] for n in (0, 1, 4, 5, 7, 8, 11, 13)]),
        "verb": VERBS + tail([SUFFIXES[n] for n in (3,)]),
        "adj": ADJECTIVES + tail([SUFFIXES[n] for n in (2, 6, 9, 10, 12)]),
        "link": LINKS,
    }


class Prose:
    """A language's templates and words, made ready to be drawn from."""

    def __init__(self, language: str) -> None:
        tokens: dict[str, int] = {}

        def token(text: str) -> int:
            return tokens.setdefault(text, len(tokens))

        kinds: list[str] = []
        tables: list[np.ndarray] = []
        words = vocabulary(language)

        def slot(kind: str) -> int:
            if kind not in kinds:
                drawn = zipf(words[kind.lower()], 0.9 if kind.lower() in ("number", "equation") else 1.05)
                said = {
                    word: token(word[0].upper() + word[1:] if kind[0].isupper() else word)
                    for word in dict.fromkeys(drawn)
                }
                kinds.append(kind)
                tables.append(np.array([said[word] for word in drawn], dtype=np.int32))
            return -1 - kinds.index(kind)

        lengths, slots = [], []
        for template, ending in product(ENGLISH if language == "en" else CHINESE, dict(ENDINGS)[language]):
            parts = [part for part in re.split(r"(\{\w+\})", template + ending) if part]
            made = [slot(part[1:-1]) if part[0] == "{" else token(part) for part in parts]
            lengths.append(len(made))
            slots += made
        self.vocabulary = pa.array(list(tokens), type=pa.large_string())
        self.tables = tables
        self.lengths = np.array(lengths)
        self.starts = np.cumsum(self.lengths) - self.lengths
        self.slots = np.array(slots, dtype=np.int32)
        size = np.array([len(text.encode()) for text in tokens])
        means = np.array([size[table].mean() for table in tables])
        each = np.where(self.slots >= 0, size[np.maximum(self.slots, 0)], means[np.minimum(self.slots, -1) * -1 - 1])
        self.sentence_bytes = float(np.add.reduceat(each, self.starts).mean())

    def write(self, rng: np.random.Generator, sizes: np.ndarray) -> pa.LargeStringArray:
        """Texts of about so many bytes each: (n,) int -> (n,) text. None is empty."""
        cuts = np.flatnonzero(np.diff(np.cumsum(sizes) // PIECE)) + 1
        pieces = [self.piece(rng, part) for part in np.split(sizes, cuts) if len(part)]
        return pa.concat_arrays(pieces) if pieces else pa.array([], pa.large_string())

    def piece(self, rng: np.random.Generator, sizes: np.ndarray) -> pa.LargeStringArray:
        """The same of some megabytes."""
        sentences = np.maximum(1, np.rint(sizes / self.sentence_bytes)).astype(np.int64)
        template = rng.integers(0, len(self.lengths), size=int(sentences.sum()), dtype=np.uint8)
        lengths = self.lengths[template]
        ends = np.cumsum(lengths)
        where = np.repeat(self.starts[template] - (ends - lengths), lengths) + np.arange(ends[-1])
        tokens = self.slots[where]
        for number, table in enumerate(self.tables):
            places = np.flatnonzero(tokens == -1 - number)
            tokens[places] = table[rng.integers(0, DRAWS, size=len(places), dtype=np.uint16)]
        said = self.vocabulary.take(pa.array(tokens))
        letters = np.frombuffer(said.buffers()[1], dtype=np.int64)
        texts = np.concatenate([[0], ends[np.cumsum(sentences) - 1]])
        offsets = pa.py_buffer(np.ascontiguousarray(letters[texts]))
        return pa.LargeStringArray.from_buffers(len(sizes), offsets, said.buffers()[2])


@cache
def prose(language: str) -> Prose:
    """A language's prose: en or zh. Made once."""
    return Prose(language)
