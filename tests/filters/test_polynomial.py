import pytest

from filters import Key
from filters.verifiers import get
from filters.verify import UnusableKey


def product(answer, *answers, variables=("x", "y")):
    return get("polynomial")(answer, Key("k1", answers, "polynomial", {"variables": list(variables)}))


def antiderivative(answer, integrand="9*x**2 + 6*x/5 - 1", variable="x"):
    spec = {"integrand": integrand, "variable": variable}
    return get("antiderivative")(answer, Key("k1", (), "antiderivative", spec))


def roots(answer, expression="x**2 - 2", **spec):
    spec = {"polynomial_expr": expression, "variable": "x", **spec}
    return get("roots")(answer, Key("k1", (), "roots", spec))


@pytest.mark.parametrize(
    "answer",
    [
        "6*x**2*y - 3*x + 1",
        "1 - 3*x + 6*x**2*y",
        "6x^2y - 3x + 1",
        "6x^{2}y-3x+1",
        "$6 \\cdot x^2 \\cdot y − 3x + 1$",
        "6*y*x*x - 2*x - x + 1",
        "6.0*x**2*y - 3*x + 2/2",
        "+6*x**2*y - 3*x + 1",
        "\\frac{12}{2}x^2y - 3x + 1",
        "(6)*x**2*y + (-3)*x + 1",
    ],
)
def test_the_same_polynomial_passes_in_any_order_and_notation(answer):
    assert product(answer, "6*x**2*y - 3*x + 1").outcome == "pass"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("6*x**2*y - 3*x", "wrong_value"),
        ("6*x**2*y + 3*x + 1", "wrong_value"),
        ("6*x*y**2 - 3*x + 1", "wrong_value"),
        ("0", "wrong_value"),
        ("3*x*(2*x*y - 1) + 1", "not_multiplied_out"),
        ("((x))*6*x*y - 3*x + 1", "not_multiplied_out"),
        ("((3)*x)*((2)*x*y - 1) + 1", "not_multiplied_out"),
        ("6*x**2*z - 3*x + 1", "not_a_polynomial"),
        ("6*x**2*y - 3*x + 1 = 0", "not_a_polynomial"),
        ("6*x**2*y - 3*x + ", "not_a_polynomial"),
        ("6*x**-2*y - 3*x + 1", "not_a_polynomial"),
        ("6*x**0.5", "not_a_polynomial"),
        ("6/x", "not_a_polynomial"),
        ("6/0", "not_a_polynomial"),
        ("x²", "not_a_polynomial"),
        ("x2", "not_a_polynomial"),
        ("2 3", "not_a_polynomial"),
        ("x**9**9**9", "not_a_polynomial"),
        ("9**9**9", "not_a_polynomial"),
        ("x**99999999", "not_a_polynomial"),
        ("9999999999**200**200", "not_a_polynomial"),
        ("(((9999999999**200)**200)**200)", "not_a_polynomial"),
        ("(x + y + 1)**200", "not_a_polynomial"),
        ("(" * 1000 + "x" + ")" * 1000, "not_a_polynomial"),
        ("-" * 3000 + "x", "wrong_value"),
        ("x+" * 5000 + "x", "not_a_polynomial"),
        ("", "not_a_polynomial"),
        ("__import__('os').system('touch X')", "not_a_polynomial"),
    ],
)
def test_another_polynomial_fails_with_its_reason(answer, reason):
    found = product(answer, "6*x**2*y - 3*x + 1")
    assert (found.outcome, found.reason) == ("fail", reason)


def test_equal_polynomials_have_one_normal_form():
    forms = {product(answer, "x + 1").detail["answer"] for answer in ("x + 1", "1+x", "2x - x + 1", "x - y + y + 1")}
    assert len(forms) == 1


@pytest.mark.parametrize(
    "answer",
    ["3*x**3 + 3*x**2/5 - x + C", "3x^3 + 0.6x^2 - x", "3*x**3 + (3/5)*x**2 - x + 7", "x*(3*x**2 + 3*x/5 - 1) + C**2"],
)
def test_every_polynomial_with_the_right_derivative_is_an_antiderivative(answer):
    assert antiderivative(answer).outcome == "pass"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("3*x**3 + 3*x**2/5 + C", "wrong_derivative"),
        ("18*x + 6/5", "wrong_derivative"),
        ("3*x**3 + 3*x**2/5 - x + C*x", "wrong_derivative"),
        ("9*x**2 + 6*x/5 - 1", "wrong_derivative"),
        ("C", "wrong_derivative"),
        ("3*X**3 + 3*X**2/5 - X + C", "not_a_polynomial"),
        ("Integral(9*x**2 + 6*x/5 - 1, x)", "not_a_polynomial"),
        ("log(x)", "not_a_polynomial"),
    ],
)
def test_another_derivative_fails_with_its_reason(answer, reason):
    assert antiderivative(answer).reason == reason


@pytest.mark.parametrize(
    ("answer", "expression"),
    [
        ("-1.4142, 1.4142", "x**2 - 2"),
        ("1.41421356, -1.41421356", "x**2 - 2"),
        ("x = -1.4142, x = 1.4142", "x**2 - 2"),
        ("-1.4143, 1.4142", "x**2 - 2"),
        ("0.0", "7*x**2"),
        ("-2.029", "-69*x - 140"),
        ("-140/69", "-69*x - 140"),
        # Three real roots that can only be written by way of complex numbers.
        ("-1.8794, 0.3473, 1.5321", "x**3 - 3*x + 1"),
    ],
)
def test_all_the_real_roots_pass(answer, expression):
    assert roots(answer, expression).outcome == "pass"


@pytest.mark.parametrize(
    ("answer", "expression", "reason"),
    [
        ("1.4142", "x**2 - 2", "wrong_count"),
        ("-1.4142, 1.4142, 1.4142", "x**2 - 2", "wrong_count"),
        ("0.3473", "x**3 - 3*x + 1", "wrong_count"),
        ("-1.414, 1.414", "x**2 - 2", "wrong_value"),
        ("1.4142, 1.4142", "x**2 - 2", "wrong_value"),
        ("none", "x**2 + 1", "not_numbers"),
        ("junk", "x**2 - 2", "not_numbers"),
        ("0", "x**2 + 1", "wrong_count"),
        ("nan, nan", "x**2 - 2", "not_numbers"),
        ("-1.4142, 1.4142, " * 1000, "x**2 - 2", "not_numbers"),
    ],
)
def test_other_roots_fail_with_their_reason(answer, expression, reason):
    found = roots(answer, expression)
    assert (found.outcome, found.reason) == ("fail", reason)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: product("x"),
        lambda: product("x", "sin(x)"),
        lambda: product("x", "x", variables=("xy",)),
        lambda: product("x", "x", variables=(None,)),
        lambda: antiderivative("x", "1/x"),
        lambda: antiderivative("x", None),
        lambda: antiderivative("x", "1", variable=3),
        lambda: roots("1", "sin(x)"),
        lambda: roots("1", "5"),
        lambda: roots("1", "x**21"),
        lambda: roots("1", "x", variable="xy"),
        lambda: roots("1", "x", tolerance="much"),
        lambda: roots("1", "x", tolerance="2"),
        lambda: roots("1", "__import__('os').system('touch X')"),
    ],
)
def test_a_key_that_is_no_such_polynomial_is_unusable(ask):
    with pytest.raises(UnusableKey):
        ask()
