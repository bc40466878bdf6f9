"""Another answer, however near it comes."""

import pytest

from filters.mathematics import equal

# One pair a line: the reference answer, then what a model wrote.
OTHER = {
    "expression": r"""
1-\frac1{\mathrm e} | 1+\frac5{\mathrm e}
x^2 | x^3
x^2 | 2x
\sqrt{x^2} | x
\ln x^2 | 2\ln x
\frac{a}{b} | \frac{b}{a}
x-y | y-x
\frac{x}{2} | 1/2x
2x | 2^x
x^2 | x_2
x_1 | x_2
x_{12} | x_1
\sqrt{2}x | \sqrt{2x}
\sin 2x | \sin(2)x
\ln(2)x | \ln(2x)
\sin(x)^2 | \sin(x^2)
-x^2 | (-x)^2
2^{3x} | 2^3x
x^{2y} | x^2y
\frac{1}{x+1} | \frac1x+1
\frac{a+b}{c} | a+\frac{b}{c}
a/(b+c) | a/b+c
|x| | x
e^x | x^e
e | 2.718
e | 2.7
3+4i | 3-4i
3+4i | 4+3i
3+4i | 5
i | -i
\arcsin x | \frac{1}{\sin x}
\sin^{-1} x | \csc x
\cos^2 x | \cos 2x
n | m
n! | n
(-1)^n | 1
\frac{n(n+1)}{2} | \frac{n(n-1)}{2}
x^2+C | x^2
x^2+C | x^2+D
x+1 | y+1
x | X
x | \mathbf{x}y
a | \alpha
""",
    "number": r"""
1/2004! | 1/2006!
0.0000001 | 0.0000002
0.\overline3 | 0.\overline7
10 | 10\%
3 | 3 or 5
3 | 3, 5
3 | \pm 3
5 | 2+3=6
5 | x=5=6
5 | 5 cm
5 | 5 apples
1/3 | 0.333333
1/3 | 0.3333
\frac{1}{7} | 0.142857
5 | None
5 | ٥
5 | \ud800
5 | 5 5
5 | 5\boxed{6}
3 | 4
3 | 3x
3,5 | 3.5
3.5 | 3,5
90 | 90^\circ
11/2 | 1 1/2
5 | x=5, y=3
0 | \emptyset
5 | \{5\}
5 | <think>maybe 5</think>
5 | maybe 5
5 | 5?
5 | not 5
5 | 5 if x>0
100 | 10^{10}
12 | 1 2
1000 | 1.000
1000.5 | 1.000,5
1/3 | 0.33
2/3 | 0.666667
0.\overline{6} | 0.666666
0.1\overline{6} | 0.\overline{16}
0.1 | 0.01
0.5 | .05
1.5 | 1,5
1,000 | 1
1,000 | 1, 000
100,000 | 100000000
5! | 5
5! | 4!
7 | 7 or so
7 | about 7
7 | 7?
7 | 7...
7 | ~8
7 | \approx 7.1
7 | >7
7 | <7
7 | x>7
7 | x \ne 7
7 | 7=8
7 | 8=7
7 | 7, 7
7 | [7]
7 | {7, 8}
7 | 7 8
7 | 7\\8
7 | 7 & 8
7 | "7"
7 | 7'
7 | ---7
7 | 7-
7 | +-7
7 | 7e
7 | 7e0x
7 | 0x7
7 | 7_{10}7
7 | \text{7 or 8}
7 | \text{not }7
7 | 7\text{ is wrong}
7 | 7\text{, no, }8
7 | 7\phantom{8}
7 | \not 7
7 | \sout{7}8
7 | \cancel{8}7
7 | 7 \tag{8}
7 | \color{white}{8}7
7 | \sum 7
7 | \int 7
7 | \lim 7
7 | 7 \to 8
7 | 7\rightarrow 8
7 | \therefore 8
7 | 7\neq 8
7 | x \in \{7\}
7 | x \in \{7,8\}
7 | \{7\}
7 | (7,8)
7 | \frac{7}{0}
7 | 0/0
7 | \sqrt{49}+10^{-50}
7 | 7+10^{-30}
7 | 7.0000000000000000000000000001
7 | \frac{7x}{x}+\frac{1}{10^{40}}
7 | 6.999999999
7 | 6.\overline{9}1
""",
    "base": r"""
101_2 | 101_3
101_2 | 101
101_2 | 110_2
101_2 | 101_{10}
12_3 | 12_4
12_{16} | 1_{26}
\log_2 3 | \log_3 2
""",
    "units": r"""
5 cm | 5 kg
5 cm | 5
\$5 | €5
5\text{ cm} | 5\text{ m}
5\text{ cm} | 5\text{ cm}^2
5\text{ cm} | 50\text{ cm}
5\text{ cm} | 6\text{ cm}
5\text{ m/s} | 5\text{ m}
5\text{ m/s} | 5\text{ s/m}
5\text{ m/s} | 5\text{ km/h}
5\text{ apples} | 5\text{ oranges}
\$5 | 5\%
\$5 | 5
\$5 | \text{€}5
\$5 | 5\text{ cents}
20^\circ\text{C} | 20^\circ\text{F}
20^\circ\text{C} | 20^\circ
""",
    "set and list": r"""
\{1,2\} | (2,1)
\{1,2\} | (1,2)
1, 2 | 1
1, 2 | 1, 2, 3
1, 1, 2 | 1, 2
\{5\} | 5
x = 3 \text{ or } x = 4 | x = 3
x = 3 \text{ or } x = 4 | x = 3, y = 4
\{1,2,3\} | \{1,2\}
\{1,2\} | \{1,2,2,3\}
\{0,1\} | [0,1]
\pm 2 | 2
\pm 2 | -2
\pm 2 | \{2, 2\}
2\pm\sqrt3 | 2+\sqrt3
2\pm\sqrt3 | 3\pm\sqrt2
\pm 2 | \pm 3
""",
    "percent": r"""
10\% | 10
10\% | 0.01
10\% | 1\%
50\% | 50
5\% | 5\text{ cm}
""",
    "closed form": r"""
\sqrt2 | 1.4142
\sqrt2 | 1.41422
(1,2) | (2,1)
(1,2) | [1,2]
\log 100 | 5
1/xy | 1/(xy)
2:3 | 4:6
\pi+10^{-100} | \pi
10^{-100} | 10^{-101}
\sqrt{12} | \sqrt12
\lfloor 2.5\rfloor | 3
\pi | 3.14
\pi | 3.14158
\pi | 22/7
\sqrt{3} | 1.73
(1,2) | (y=1,x=2)
(1,2) | (y,x)=(1,2)
(1,2,3) | (1,2)
(1,2) | (1,2,3)
(1,2) | \{1,2\}
(1,2) | 1,3
(0,1) | (0,1]
\sqrt{-1} | -i
\binom{5}{2} | \binom{5}{1}
\ln 2 | \log 2
\log_{10} 2 | \log 2
2\pi | 2p
2\pi+1 | 2\pi
3:4 | 4:3
3:4 | 3/4
12:30 | 12.30
\sqrt{2} | \sqrt{2}+10^{-40}
\sqrt{2} | \frac{99}{70}
\sqrt{2} | \frac{141421356237}{100000000000}
\sin(1) | \sin(1^\circ)
\sin 30 | \frac12
""",
    "interval": r"""
[1,2) | [1,2]
[1,2) | (1,2]
x>2 | x \ge 2
x>2 | x < 2
x>2 | 2x>4
\infty | -\infty
2x<4 | 2x \le 4
x<1 \text{ or } x>3 | 1<x<3
[0,1] | (0,1)
[0,1] | \{0,1\}
(0,1)\cup(1,2) | (0,2)
(-\infty,0) | (0,\infty)
x\ge 2 | y \ge 2
x<-1 \text{ or } x>1 | x<-1 \text{ and } x>1
-1<x<1 | x<-1 \text{ or } x>1
y<2x+1 | y>2x+1
y<2x+1 | -y<-2x-1
\infty | 10^{99}
\infty | 0
\infty | undefined
""",
    "equation": r"""
x=5 | y=5
x=5 | 2x=10
y=2x+1 | y=2x-1
y=2x+1 | 2x+1
x=3 | x=-3
x=1,y=2 | x=2,y=1
x=1,y=2 | 1,2
y=2x+1 | y=2x
y=2x+1 | x=2y+1
y=2x+1 | y>2x+1
x^2+y^2=4 | x^2+y^2=2
x^2=4 | x=2
xy=1 | y=\frac1x+1
""",
    "choice and text": r"""
east | seat
\text{Yes} | No
(B) | (C)
B | (B) or (C)
B | (A)
\text{yes} | \text{no}
\text{yes} | y
\text{AB} | \text{BA}
AB | ab
(A) | (B)
(A) | A, B
(A) | AB
A | A or B
A | (A) or (B)
A | not A
A | a
A | 2A
B | (B)^2
B | (B)x
D | A, B, C, D
\text{A} | A B
""",
    "matrix": r"""
\begin{pmatrix}1&2\\3&4\end{pmatrix} | \begin{pmatrix}1&3\\2&4\end{pmatrix}
\begin{pmatrix}1\\2\end{pmatrix} | \begin{pmatrix}1&2\end{pmatrix}
\begin{pmatrix}1&2\\3&4\end{pmatrix} | \begin{pmatrix}1&2&3&4\end{pmatrix}
\begin{pmatrix}1\\2\end{pmatrix} | (1,2)
\begin{pmatrix}1\\2\end{pmatrix} | \begin{pmatrix}2\\1\end{pmatrix}
\begin{vmatrix}1&2\\3&4\end{vmatrix} | \begin{pmatrix}1&2\\3&4\end{pmatrix}
""",
    "angle": r"""
90^\circ | 90
30^\circ | 30
30^\circ | 60^\circ
30^\circ | 30^2
""",
    "read in two ways": r"""
|x+5| | x+5
\sqrt{(x+5)^2} | x+5
\ln((x+5)^2) | 2\ln(x+5)
(n-1)! | (N-1)!
n! | k!
1 | \binom{n}{k}
5 | 1{5}
10 | {5}{2}
-2 | 3+- 5
i | \hat{i}
(x,y)=(1,2) | y=1, z=2
5\text{ m/s}^2 | 5\text{ (m/s)}^2
\log_2 3 | \log_2e5 3
0.\overline{3} | .0.\overline{3}
""",
    "taken back": r"""
(B) | (B) is wrong
(B) | (B) rather C
(B) | (B) no wait: A
(B) | (B) actually A
(B) | (B) unlikely
""",
}
CASES = [
    pytest.param(*line.split(" | ", 1), id=f"{kind}-{number}")
    for kind, table in OTHER.items()
    for number, line in enumerate(table.strip("\n").split("\n"))
]


@pytest.mark.parametrize(("reference", "answer"), CASES)
def test_another_answer_fails(reference, answer):
    found = equal(answer, reference)
    assert found.outcome == "fail", found
    assert found.detail["says"]
