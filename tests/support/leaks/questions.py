"""Questions in the ways that benchmarks ask them, with numbers and names to be drawn.

``<2-9>`` is a number of that range, ``<name>`` and ``<other>`` are people. Of two draws of one template every number
differs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

WORD_PROBLEMS = """
<name> bakes <12-40> loaves of rye bread every morning and sells each of them for <3-9> dollars. On Saturday <4-11> loaves were left over and went to the shelter. How much did the bakery take in on Saturday?
A cyclist rides from the harbour to the lighthouse at <14-24> kilometers per hour and walks back the same way at <4-6> kilometers per hour. The whole trip takes <5-9> hours. How far is the lighthouse from the harbour?
<name> and <other> paint a fence together. Alone, <name> would need <6-9> hours and <other> would need <10-14> hours. After <2-3> hours <other> is called away. How many more hours does <name> need to finish the fence?
A theatre has <18-30> rows of seats. The first row has <11-16> seats and each row behind it has <2-4> more seats than the one in front of it. How many people can watch a play that is sold out?
A shepherd counts <110-190> legs of sheep and dogs in the yard, and <31-47> heads. Then <3-8> of the sheep are let out to the meadow. How many sheep stay behind in the yard?
The price of a winter coat is lowered by <10-25> percent in January and by another <26-40> percent in February. It now costs <60-99> euros. What was the price of the coat before Christmas, rounded to the nearest euro?
<name> has a jar with <20-45> red marbles, <46-70> blue marbles and <8-19> green marbles. Two marbles are drawn from the jar without looking and without putting any back. What is the probability that both of them are green?
A tank that holds <1200-4800> liters of rain water loses <5-9> liters every hour through a crack. A pump brings <21-40> liters per hour into it. If the tank is empty at noon, after how many hours is it full?
An orchard sends <240-960> crates of apples to the market. One crate in <5-8> is damaged on the road, and the merchant pays <11-17> dollars for a sound crate and half as much for a damaged one. How much does the orchard earn?
<name> reads <22-38> pages of a novel on weekdays and <45-70> pages on each day of the weekend. The novel has <500-900> pages, and <name> begins on a Monday. On which day of which week is the last page read?
Three siblings share an inheritance of <24000-96000> dollars in the ratio <2-4> to <5-6> to <7-9>. The youngest, who gets the smallest share, gives <300-900> dollars to a museum. How much is left to the youngest?
A ferry crosses the strait with <35-60> cars and <80-140> passengers on each trip. It makes <6-11> trips a day, and the company charges <17-29> dollars a car and <3-6> dollars a passenger. What does the company earn in a week?
In a village every adult owns either a bicycle or a canoe, and <15-45> of them own both. There are <160-240> bicycles and <90-150> canoes. How many adults live in the village?
<name> plants tulips along a path that is <90-240> meters long, one at each end and one every <2-5> meters. A bag of <20-30> bulbs costs <6-9> dollars, and only whole bags are sold. What do the bulbs cost?
A printer puts out <18-32> pages per minute until it has to cool down for <3-7> minutes after every <150-300> pages. How long does it take to print a report of <1400-3600> pages?
"""

COMPETITION = r"""
Let $ABCD$ be a convex quadrilateral with $AB = <5-19>$, $BC = <20-29>$, $CD = <30-39>$ and a right angle at $B$. If the diagonals meet at a point that divides $AC$ in the ratio $<2-3> : <4-7>$, find the area of triangle $ABD$.
Find the number of ordered pairs of positive integers $(a, b)$ with $a \le <40-90>$ for which $\frac{a^2 + b}{b^2 - a}$ is an integer and $\gcd(a, b) = <2-7>$.
For how many integers $n$ with $1 \le n \le <1000-3000>$ is the product $\prod_{k=0}^{n-1} \left( \left( 1 + e^{2 \pi i k / n} \right)^n + <2-9> \right)$ equal to zero?
The sequence $(x_n)$ is defined by $x_0 = <2-8>$ and $x_{n+1} = \sqrt{x_n^2 + <9-20> x_n}$ for $n \ge 0$. Determine $\lim_{n \to \infty} \frac{x_n}{n}$.
A circle of radius $<7-15>$ is tangent to two sides of an equilateral triangle of side $<40-70>$ and passes through the vertex between them. Find the radius of the largest circle that fits between it and the third side.
Let $S$ be the set of all polynomials $P$ with integer coefficients such that $P(<2-5>) = <11-40>$ and $P(<6-9>) = <41-99>$. What is the least possible value of $\left| P(<10-14>) \right|$ over all $P$ in $S$?
How many subsets of $\{1, 2, 3, \ldots, <12-30>\}$ contain no two consecutive numbers and have a sum that is divisible by $<3-9>$?
Evaluate the integral $\int_0^{<2-7>} \frac{x^{<8-12>}}{1 + x^2} \, dx$ and give the answer in terms of arctangents.
In the expansion of $\left( x^2 - \frac{<2-5>}{x} \right)^{<9-16>}$, the coefficient of $x^{<17-20>}$ is divided by <101-109>. What is the remainder?
Points $P$ and $Q$ are chosen independently and uniformly at random on a segment of length $<6-24>$. What is the probability that the distance between $P$ and $Q$ exceeds $\dfrac{<2-3>}{<4-5>}$ of the length of the segment?
Let $f$ be a function on the real numbers such that $f(x + y) = f(x) f(y) - f(xy) + <2-9>$ for all real $x$ and $y$. Given that $f(1) = <10-20>$, compute $f(<21-60>)$.
A regular tetrahedron with edge length $<6-30>$ is cut by a plane that contains one edge and the point that divides the opposite edge in the ratio $1 : <2-5>$. Find the area of the cross-section.
Find all triples $(x, y, z)$ of real numbers that satisfy $x + y + z = <3-12>$, $xy + yz + zx = <13-25>$ and $\frac{1}{x} + \frac{1}{y} + \frac{1}{z} = \frac{<26-35>}{<36-49>}$.
A frog starts at the origin and at each second jumps one unit north, south, east or west, each with probability $\frac{1}{4}$. After $<6-12>$ jumps, what is the probability that it is at most $<2-5>$ units from the origin?
Matrices $A$ and $B$ of size $<3-7> \times <8-12>$ and $<13-19> \times <20-25>$ have ranks $r$ and $s$. Suppose that $r + s = <26-31>$. Determine the smallest possible rank of their Kronecker sum.
Let $\triangle ABC$ have $\angle A = <20-59>^\circ$ and $\angle B = <60-80>^\circ$. The bisector of $\angle C$ meets the circumscribed circle again at $M$. Compute the measure of $\angle MAB$ in degrees.
The numbers $\log_{<2-5>} x$, $\log_{<6-9>} x$ and $\log_{<10-15>} x$ form a geometric progression for some $x > 1$. Find the product of all such $x$, rounded to the nearest thousandth.
A fair die is rolled $<5-12>$ times. Let $p$ be the probability that the sum of the results is a perfect square. Writing $p = \frac{m}{n}$ in lowest terms, find the remainder when $m + n$ is divided by $<900-1100>$.
"""

SHORT = r"""
What is <11-49> + <50-99>?
Compute $<13-29> \cdot <31-79>$.
Solve $<2-9>x + <10-30> = <31-80>$.
Simplify $\frac{<12-48>}{<50-96>}$.
How many primes are less than <40-400>?
What is the derivative of $x^{<3-9>} \sin(<11-20>x)$?
Factor $x^2 - <5-19>x + <20-48>$ over the integers.
Evaluate $\binom{<8-15>}{<3-7>}$.
What is the square root of <1025-9801>?
Convert <100-999> from base ten to base <3-9>.
Who proved that $\zeta(<2-9>)$ is irrational?
What is <10-45> percent of <120-960>?
"""

CHOICES = """
A student stirs <15-45> grams of table salt into <200-480> grams of water at room temperature. Which of the following happens to the freezing point of the water? A) It rises. B) It falls. C) It stays the same. D) It cannot be told.
A ball is thrown straight up from a roof that is <12-48> meters high with a speed of <5-11> meters per second. At the highest point of its flight, which quantity is zero? A) Its acceleration. B) Its velocity. C) Its weight. D) None of the above.
A cell with <12-46> chromosomes goes through one round of meiosis in a laboratory dish kept at <47-60> degrees. How many chromosomes does each of the daughter cells have? A) The same number. B) Twice as many. C) Half as many. D) It cannot be told.
A court in a town of <2000-9000> people hears a case about a contract that was signed by a minor aged <12-17>. Which statement describes the contract best? A) It is void. B) It is voidable. C) It is valid. D) None of the above.
A wire of resistance <4-9> ohms is stretched until it is <2-3> times as long as it was. What is its resistance now, if its volume stays the same? A) It is lower. B) It is higher. C) It stays the same. D) It cannot be told.
"""

CHINESE = """
小明有<12-48>个苹果，他把其中的<3-9>个送给了小红，又从超市买回来两箱，每箱装<50-90>个。问小明现在一共有多少个苹果？
一列火车以每小时<80-150>公里的速度从甲地开往乙地，同时另一列火车以每小时<60-79>公里的速度从乙地开往甲地，两地相距<300-900>公里。问几小时后两车相遇？
设等差数列的首项为<2-9>，公差为<10-15>，求前<20-60>项的和除以<100-200>的余数。
在直角三角形ABC中，角C为直角，AC的长度为<5-20>，BC的长度为<21-40>。求斜边上的高的长度。
某工厂计划在<10-30>天内生产<1000-4000>台机器，前<3-9>天每天生产<40-90>台。剩下的日子里平均每天至少要生产多少台才能完成计划？
"""

NAMES = "Amina Bruno Chiara Dmitri Esther Farid Greta Hiro Ines Jamal Katya Leon Mirela Nadia Oskar Priya".split()
MARK = re.compile(r"<(?:(\d+)-(\d+)|name|other)>")


@dataclass(frozen=True)
class Template:
    """A question with numbers to be drawn. ``kind``: word, competition, short, choice, chinese or gsm."""

    name: str
    kind: str
    text: str

    def drawn(self, seed: object, unlike: str = "") -> str:
        """The question with numbers of this seed, none of which stands in its place in ``unlike``."""
        people = Random(f"people {self.name}").sample(NAMES, 2)  # the same in every draw: only numbers change
        for turn in range(1000):
            draw = Random(f"{seed} {self.name} {turn}")

            def value(found: re.Match[str], draw: Random = draw) -> str:
                if found[1]:
                    return str(draw.randint(int(found[1]), int(found[2])))
                return people[found[0] == "<other>"]

            made = MARK.sub(value, self.text)
            before, now = numbers(unlike), numbers(made)
            ours = [number for number, mark in enumerate(marks(self.text)) if mark]
            if not unlike or all(before[place] != now[place] for place in ours):
                return made
        raise ValueError(f"{self.name}: the ranges are too narrow for two draws")


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def marks(text: str) -> list[bool]:
    """For each number of a drawn question, whether it was drawn."""
    return [found[1] is not None for found in re.finditer(r"<(\d+)-\d+>|\d+", text)]


def templates() -> list[Template]:
    groups = {
        "word": WORD_PROBLEMS,
        "competition": COMPETITION,
        "short": SHORT,
        "choice": CHOICES,
        "chinese": CHINESE,
    }
    return [
        Template(f"{kind}{number}", kind, line)
        for kind, lines in groups.items()
        for number, line in enumerate(lines.strip().splitlines())
    ]


def school(seed: object) -> dict[int, str]:
    """One draw of each template of reasoning-gym's gsm_symbolic that its authors call sound, by its number."""
    from reasoning_gym.arithmetic.gsm_symbolic.gsm_symbolic import (
        GSMSymbolicDataset,
        GSMSymbolicDatasetConfig,
        tasks_ok,
    )

    generators = GSMSymbolicDataset(GSMSymbolicDatasetConfig(seed=0, size=1)).generators
    return {number: generators[number](Random(f"{seed} {number}"), 1.0)["question"] for number in tasks_ok}
