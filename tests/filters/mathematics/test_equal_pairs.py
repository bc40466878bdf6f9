"""The same answer, written in another way."""

import pytest

from filters.mathematics import equal

# One pair a line: the reference answer, then what a model wrote.
SAME = {
    "number": r"""
1/2 | 0.5
\frac12 | .5
\frac{10}{2} | 5
1,000 | 1000
1{,}000 | 1000
1\,000 | 1000
5 | 101_2
1 1/2 | 3/2
1\frac12 | \frac{3}{2}
0.1 | 10\%
1,2 | x=1 \text{ or } x=2
1,2 | x = 1, 2
5 | x=5
5 | x = 2+3 = 5
5 | 2+3=5
5 | 5.
5 | $5$
5 | \(5\)
5 | \boxed{5}
5 | \text{5}
1.2\times10^5 | 120000
1.2\times10^{5} | 1.2e5
5! | 120
-\frac{3}{4} | \frac{-3}{4}
10,\!000 | 10000
7 | 7.0
7 | +7
\frac{3}{4} | 3 \div 4
\frac34 | 3/4
1/3 | \dfrac{1}{3}
073 | 73
12 | 12 \text{}
5 | 5\text{.}
\frac{3}{4} | 0.75
\frac{3}{4} | \frac{75}{100}
-\frac{1}{2} | -0.5
-\frac12 | -\dfrac{1}{2}
\frac{10!}{3!7!} | 120
\frac{8!}{2!} | 20160
6.02 \times 10^{23} | 6.02e23
6.02 \times 10^{23} | 602000000000000000000000
1.5 \times 10^{-3} | 0.0015
3 \frac{1}{4} | 13/4
3\frac{1}{4} | 3.25
-2\frac{1}{2} | -2.5
0 | 0.0
0 | -0
-3 | −3
3 \times 4 | 12
42 | **42**
42 | \mathbf{42}
42 | \boxed{42}
42 | $\boxed{42}$
42 | \(\boxed{42}\)
42 | 42\,
42 | \text{ }42
42 | {42}
42 | (42)
7 | 7_{10}
7 | \approx 7
7 | \color{red}{7}
7 | x = 7\text{.}
7 | x=7.
7 | $x=7$
7 | \[x = 7\]
7 | $$7$$
7 | \text{7}
7 | {\bf 7}
7 | \mathrm{7}
7 | 7\
7 | \,7
7 | \large 7
7 | \displaystyle 7
7 | \left(7\right)
7 | ７
7 | 7
7 | \frac{14}{2}=7
7 | n=7
7 | a_1=7
7 | \theta=7
7 | f(2)=7
7 | f(2) = 7
7 | P(7)=7
7 | AB = 7
7 | |AB|=7
7 | x_1 = 7
7 | \text{Area} = 7
\frac{7}{2} | \frac{\,7\,}{2}
\frac{7}{2} | \frac {7} {2}
\frac{7}{2} | \left(\frac{7}{2}\right)
\frac{7}{2} | 7/2
\frac{7}{2} | 7 / 2
-\frac{7}{2} | -7/2
-\frac{7}{2} | \frac{7}{-2}
-\frac{7}{2} | -(7/2)
0.25 | \frac14
0.25 | 25 \times 10^{-2}
3.0 | 3
1.23\times 10^4 | 12,300
\frac{22}{7} | 3\frac17
3\frac17 | 22/7
3\frac{1}{7} | 3 + 1/7
1\,234\,567 | 1234567
1,234,567 | 1234567
1234567 | 1{,}234{,}567
""",
    "closed form": r"""
2^{10} | 1024
\sqrt2 | 1.41421
\sqrt2 | 1.414214
(1,2) | (1, 2)
(1,2) | \left(1,2\right)
(1,2) | (x,y)=(1,2)
(1,2) | x=1, y=2
(1,2) | 1<x<2
\emptyset | \{\}
\ln 12 | 2\ln 2+\ln 3
\binom52 | 10
\frac{\sqrt{2}}{2} | \frac{1}{\sqrt2}
2\pi | 2π
½ | 1/2
－５ | -5
\lfloor 2.5 \rfloor | 2
2:3 | 2 : 3
3\sqrt{13} | \sqrt{117}
\frac{\pi}{4} | 45^\circ
\arctan(2) | \tan^{-1}(2)
\frac{1+\sqrt5}{2} | \frac12+\frac{\sqrt5}{2}
2\cdot 3 | 6
\langle 1,2\rangle | (1,2)
\tan\theta | \frac{\sin\theta}{\cos\theta}
2 hours | 120 minutes
12\pi | 12 \pi
12\pi | 12 * pi
12\pi | 12\cdot\pi
\frac{\pi}{6} | pi/6
\frac{\pi}{6} | 30^{\circ}
2^{-3} | \frac18
(0,1] | 0<x≤1
(0,1] | 1 \ge x > 0
(0,1] | \{x \mid 0 < x \le 1\}
(0,1] | \{x : 0 < x \le 1\}
(0,1] | \{x | 0 < x \le 1\}
\sqrt{50} | 5\sqrt{2}
\frac{2}{\sqrt{3}} | \frac{2\sqrt3}{3}
\frac{1}{\sqrt{5}-2} | \sqrt5+2
\sqrt{7+4\sqrt3} | 2+\sqrt3
\log_{10} 1000 | 3
\ln e^3 | 3
\binom{10}{3} | 120
2^{100} | 1267650600228229401496703205376
\alpha + \beta | α+β
\lceil 2.1 \rceil | 3
\max(1,2) | 2
\gcd(12,18) | 6
\emptyset | \varnothing
\emptyset | no solution
3 × 4 | 12
2\sqrt{3}+1 | 1 + 2*sqrt(3)
\arcsin\frac{1}{2} | \frac{\pi}{6}
\sin\frac{\pi}{8} | \frac{\sqrt{2-\sqrt2}}{2}
\frac{\sqrt{3}}{2} | \sin 60^\circ
3:00 | 3:00
(3,4) | (3, 4)
\langle 3,4\rangle | \langle 3, 4 \rangle
1 : 2 : 3 | 1:2:3
10^{-6} | 0.000001
\sqrt{2} | \sqrt {2}
\sqrt{2} | 2^{1/2}
\sqrt{2} | 2^{0.5}
\sqrt{2} | √2
\sqrt{2} | sqrt2
\sqrt{2} | \sqrt{(2)}
2\sqrt{2} | 2*2^(1/2)
2xy | 2*x*y
2xy | y \cdot 2x
\ln 2 | \log_e 2
\ln 2 | ln 2
\ln 2 | ln2
\ln\frac{1}{2} | -\ln 2
\frac{3}{2}\ln 2 | \ln(2\sqrt2)
\arctan\frac12 | \tan^{-1}\left(\frac{1}{2}\right)
(1,2),(3,4) | (3,4),(1,2)
(1,2) | (1; 2)
""",
    "base": r"""
101_2 | 5
\log_2 8 | 3
1A_{16} | 26
101_2 | 101_{2}
101_2 | 101_{\text{two}}
101_2 | (101)_2
101_2 | 101_{(2)}
2A_{16} | 2a_{16}
x_1 + x_2 | x_2+x_1
\log_2 5 | \frac{\log 5}{\log 2}
\log_2 5 | \log_{2}{5}
\log_2 5 | \log_2(5)
""",
    "angle": r"""
90^\circ | \pi/2
90° | \frac{\pi}{2}
60^\circ | 60 degrees
60^\circ | 60^{\circ}
60^\circ | 60\text{ degrees}
60^\circ | \frac{\pi}{3}\text{ radians}
\cos 72^\circ | \frac{\sqrt5-1}{4}
45^\circ | 45 ^\circ
45^\circ | 45°
45^\circ | 45^{\circ}
45^\circ | \frac{\pi}{4}
""",
    "units": r"""
5 cm | 5\text{ cm}
1\text{ m} | 100\text{ cm}
5\text{ m/s} | 5 m/s
5\text{ m/s} | 5\,\frac{\text{m}}{\text{s}}
5\text{ m/s} | 5\frac{m}{s}
25\text{ cm}^2 | 25\text{ cm}^2
25\text{ cm}^2 | 25 cm^2
25\text{ cm}^2 | 25\text{ square centimeters}
\$5 | 5 dollars
\$5 | \$5.00
5 apples | 5\text{ apples}
20^\circ C | 20^\circ\text{C}
60\text{ mph} | 60 miles per hour
5\text{ cm} | 5 cm
5\text{ cm} | 5 \mathrm{cm}
5\text{ cm} | 5\,\mathrm{cm}
5\text{ cm} | 50 mm
5\text{ cm} | 0.05\text{ m}
5\text{ cm} | 5 centimeters
3\text{ hours} | 3 hours
3\text{ m/s}^2 | 3 \text{ m}/\text{s}^2
3\text{ m/s}^2 | 3\ \mathrm{m/s^2}
3\text{ m/s}^2 | 3\ \mathrm{m\,s^{-2}}
72\text{ km/h} | 20\text{ m/s}
12\text{ square units} | 12 square units
100\text{ kg} | 100 kg
1\text{ kg} | 1000 g
\$12.50 | 12.50 dollars
\$1{,}250 | \$1250
\$1,250 | \$1,250.00
5\frac{1}{2}\text{ cups} | 5.5\text{ cups}
4\sqrt{2} \text{ cm} | \sqrt{32}\text{ cm}
\frac{7}{8}\text{ inches} | 7/8 inch
5\text{ mph} | 5 mph
12\text{ cm}^2 | 12\ \text{cm}^2
12\text{ cm}^2 | 12\,cm^2
12\text{ cm}^2 | 12 \text{cm}^{2}
12\text{ cm}^2 | 12 sq cm
12\text{ cm}^2 | 12cm²
1.5\text{ hours} | 90\text{ minutes}
5\text{ km} | 5000 m
5\text{ km} | 5\,\text{km}
9.8\text{ m/s}^2 | 9.8\ \frac{\text{m}}{\text{s}^2}
9.8\text{ m/s}^2 | 9.8 m/s^2
9.8\text{ m/s}^2 | 9.8 m/s²
\$4.50 | \$4.5
\$4.50 | 4.50 USD
\$4.50 | \text{\$}4.50
""",
    "expression": r"""
1 m | 100 cm
x^2+2x+1 | (x+1)^2
\frac{x^2-1}{x-1} | x+1
\sin 2x | 2\sin x\cos x
e^{2x} | (e^x)^2
3+4i | 4i+3
x² | x^2
\frac{1}{2}x | x/2
3x^2y | 3yx^2
|x| | \sqrt{x^2}
2x+1 | y=2x+1
1 - \frac{1}{\mathrm{e}} | 1-e^{-1}
x^{1/3} | \sqrt[3]{x}
(x-1)(x+2) | x^2+x-2
n(n+1)/2 | \frac{n^2+n}{2}
e^{i\pi}+1 | 0
x^2+y^2 | x^{2} + y^{2}
\frac{x+1}{x-1} | (x+1)/(x-1)
\sqrt{x+1} | (x+1)^{1/2}
\sqrt{x+1} | sqrt(x+1)
\frac{1}{x^2} | x^{-2}
\ln x | ln(x)
\ln(x+1) | \log_e(x+1)
\log_{2}(x) | \frac{\ln x}{\ln 2}
\sin^2 x | (\sin x)^2
\sin^2 x | 1-\cos^2 x
\cos 2x | 2\cos^2 x - 1
e^{-x} | \frac{1}{e^x}
3+2i | 2i+3
-1+i\sqrt3 | -1+\sqrt{3}i
2e^{i\pi/3} | 1+\sqrt3 i
\frac{1+i}{2} | 0.5+0.5i
n^2 + n | n(n+1)
\frac{n(n+1)(2n+1)}{6} | \frac{1}{6}n(n+1)(2n+1)
a^2 - b^2 | (a-b)(a+b)
(a+b)^3 | a^3+3a^2b+3ab^2+b^3
x^2 | x²
x_1 | x_{1}
\frac{\partial}{\partial x} | \frac{\partial}{\partial x}
\frac{x}{y} | x/y
\frac{2}{3}x | 2x/3
\frac{2}{3}x | (2/3)x
\frac{3x}{4y} | \frac{3}{4}\cdot\frac{x}{y}
|x-3| | \left|x-3\right|
|x-3| | \lvert x-3\rvert
|x-3| | |3-x|
x^{10} | x^10
e^{x+1} | e\cdot e^x
\tan^{-1} x | \arctan x
k\pi | \pi k
\frac{\pi}{4}+k\pi | k\pi+\frac{\pi}{4}
\frac{a}{\sqrt{b}} | \frac{a\sqrt{b}}{b}
2^{x}\cdot 3^{x} | 6^x
x^{-1} | \frac1x
\frac{x^3-8}{x-2} | x^2+2x+4
3\mathbf{i}+4\mathbf{j} | 3\hat{i}+4\hat{j}
3\mathbf{i}+4\mathbf{j} | 3\vec{i}+4\vec{j}
x | \mathbf{x}
\frac{x}{2} | 1/2 x
x^2 | x*x
x^2-1 | (x-1)(x+1)
x^2-1 | -1+x^2
x^2-1 | x**2 - 1
\frac{1}{x} | x^{-1}
e^{2x} | \exp(2x)
e^{2x} | exp(2x)
e^{2x} | e^(2x)
e^{2x} | (e^2)^x
\ln(x) | \ln{x}
\sin(x)\cos(x) | \frac{1}{2}\sin(2x)
1 + 2i | 2i + 1
1 + 2i | 1 + 2\cdot i
1 + 2i | 1+2\mathrm{i}
1e3 | 1000
""",
    "percent": r"""
10\% | 0.1
10\% | 10%
10\% | 10\text{ percent}
25\% | \frac14
25\% | 0.25
25\% | 25\text{%}
12.5\% | 12.5%
75\% | 75 \%
75\% | 75 percent
75\% | \frac{3}{4}
""",
    "set and list": r"""
\{1,2\} | \{2,1\}
\{1,2\} | {2, 1}
1, 2 | 2, 1
1, 2 | \{1,2\}
\pm 2 | 2, -2
\pm 2 | \{2,-2\}
2, -2 | \pm 2
x=\pm 2 | x=2 \text{ or } x=-2
2\pm\sqrt3 | 2+\sqrt3, 2-\sqrt3
\{1, 2, 3\} | \{3,2,1\}
\{1, 2, 3\} | 1, 2, 3
\{\frac12, 3\} | \{3, 0.5\}
(1, -2, 3) | (1,-2,3)
(\frac12, 3) | (0.5, 3)
2 \pm \sqrt{5} | 2+\sqrt5,\ 2-\sqrt5
2 \pm \sqrt{5} | \{2-\sqrt5, 2+\sqrt5\}
x = 2 \pm \sqrt{5} | 2 \pm \sqrt{5}
x=2, y=3 | y=3, x=2
x = 1 \text{ or } x = 2 | x=1, x=2
x = 1 \text{ or } x = 2 | x \in \{1, 2\}
x = 1 \text{ or } x = 2 | \{1,2\}
7 \pmod{12} | 7 \pmod{12}
x \equiv 3 \pmod 7 | x\equiv 3\pmod 7
\{-1,1\} | \{\pm1\}
\{-1,1\} | \pm 1
\{-1,1\} | x = \pm 1
-1, 1 | -1 \text{ and } 1
-1, 1 | -1,\,1
-1, 1 | -1; 1
-1, 1 | 1 and -1
1, 2, 3 | 1, 2, \text{ and } 3
1, 2, 3 | 3, 2, 1
""",
    "interval": r"""
[1,2) | 1 \le x < 2
[1,2) | x \in [1,2)
(-\infty,2)\cup(2,\infty) | x \ne 2
(-\infty,2)\cup(2,\infty) | \mathbb{R}\setminus\{2\}
(-\infty, 3] | x \le 3
x>2 | (2,\infty)
x>2 | 2<x
x<1 \text{ or } x>3 | (-\infty,1)\cup(3,\infty)
[1,3] | [1,2]\cup[2,3]
2x+y<3 | 4x+2y<6
2x+y<3 | 3>2x+y
\infty | oo
-\infty | -\infty
\sqrt[3]{8} | 2
x\in\{1,2\} | \{1,2\}
\{x \mid x>2\} | (2,\infty)
(3, \infty) | x > 3
\left[ -1, 1 \right] | -1 \leq x \leq 1
\left\{1,2\right\} | \{2,1\}
(-\infty, -1) \cup (1, \infty) | x < -1 \text{ or } x > 1
(-\infty, -1) \cup (1, \infty) | (1, \infty) \cup (-\infty, -1)
(-\infty, -1) \cup (1, \infty) | (-oo,-1) U (1,oo)
(-\infty, -1) \cup (1, \infty) | (-∞, -1) ∪ (1, ∞)
[0, \infty) | x \geq 0
[\sqrt2, \infty) | x \geq \sqrt{2}
\sqrt[3]{16} | 2\sqrt[3]{2}
x \in \mathbb{R} | \mathbb{R}
(-\infty,\infty) | \mathbb{R}
(-\infty,\infty) | \text{all real numbers}
\infty | +\infty
\infty | infinity
[3,4] | [3, 4]
(2,\infty) | 2<x<\infty
(2,\infty) | x>2
(2,\infty) | \left(2, +\infty\right)
(2,\infty) | (2, oo)
(2,\infty) | (2, inf)
(2,\infty) | (2, infinity)
(2,\infty) | \{x\in\mathbb{R} \mid x>2\}
(2,\infty) | \{x\in\mathbb{R} : x>2\}
(2,\infty) | x \in (2, \infty)
[-2,2] | -2 \leqslant x \leqslant 2
(-\infty,-2]\cup[2,\infty) | x\le-2\text{ or }x\ge2
(-\infty,-2]\cup[2,\infty) | x \in (-\infty,-2]\cup[2,\infty)
x \le 3 | 3 \ge x
x \le 3 | (-\infty, 3]
""",
    "equation": r"""
y=2x+1 | 2y=4x+2
y=2x+1 | y-2x=1
y=2x+1 | 2x+1=y
x^2+y^2=1 | x^2+y^2-1=0
x=5 | 5
x=5 | x = 5
f(x)=2x+1 | 2x+1
f(x)=2x+1 | f(x) = 1+2x
a_n = 2n | a_n=2n
y = 2x + 3 | y=3+2x
y = 2x + 3 | 2x - y + 3 = 0
y = \frac{1}{2}x + 3 | y=0.5x+3
y = \frac{1}{2}x + 3 | x - 2y + 6 = 0
3x+4y=12 | 6x+8y=24
x=2 | 2
x=2,y=3 | x=2 \text{ and } y=3
f(x) = x^2 | x^2
f(x) = x^2 | f(x)=x\cdot x
y = x^2 | y=x^2
P(x) = x+1 | x+1
A = \pi r^2 | A=r^2\pi
x^2+y^2=4 | (x)^2+(y)^2=4
""",
    "matrix": r"""
\begin{pmatrix}1&2\\3&4\end{pmatrix} | \begin{bmatrix}1&2\\3&4\end{bmatrix}
\begin{pmatrix}1&2\\3&4\end{pmatrix} | [[1,2],[3,4]]
\begin{pmatrix}1\\ 2\end{pmatrix} | \begin{bmatrix} 1 \\ 2 \end{bmatrix}
\begin{pmatrix}1/2\\ 2\end{pmatrix} | \frac12\begin{bmatrix} 1 \\ 4 \end{bmatrix}
\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix} | \left[\begin{array}{cc}1&0\\0&1\end{array}\right]
\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix} | \left(\begin{matrix}1&0\\0&1\end{matrix}\right)
\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix} | [[1, 0], [0, 1]]
\begin{pmatrix} 1 \\ 2 \\ 3 \end{pmatrix} | \begin{pmatrix} 1 \\[2pt] 2 \\ 3 \end{pmatrix}
\begin{pmatrix}1\\2\end{pmatrix} | \begin{pmatrix}1\\2\\\end{pmatrix}
\begin{pmatrix}1&2\end{pmatrix} | [[1,2]]
\begin{vmatrix}1&2\\3&4\end{vmatrix} | -2
""",
    "choice and text": r"""
(B) | B
B | (B)
B | \text{(B)}
B | \textbf{(B)}
\text{Yes} | yes
\text{east} | East
\text{no solution} | \emptyset
\text{even} | even
\text{No} | No.
\text{Tuesday} | Tuesday
Paris | paris
(C) | C
(C) | \text{(C)}
(C) | \mathrm{(C)}
(C) | (C) 12
(C) | \textbf{(C)}\ 12
C | C. 12
\text{(C)} | C
\text{undefined} | undefined
DNE | DNE
\text{B} | B
""",
}
CASES = [
    pytest.param(*line.split(" | ", 1), id=f"{kind}-{number}")
    for kind, table in SAME.items()
    for number, line in enumerate(table.strip("\n").split("\n"))
]


@pytest.mark.parametrize(("reference", "answer"), CASES)
def test_the_same_answer_passes_however_it_is_written(reference, answer):
    found = equal(answer, reference)
    assert found.outcome == "pass", found


@pytest.mark.parametrize(("reference", "answer"), CASES)
def test_above_exact_arithmetic_two_methods_agree(reference, answer):
    detail = equal(answer, reference).detail
    if detail["tier"] not in ("text", "exact"):
        assert list(detail["methods"].values()).count(True) >= 2, detail
