import pytest

from filters import Key
from filters.verifiers import get
from filters.verify import UnusableKey


def ask(answer, integrand="x*exp(x)", right="x*exp(x) - exp(x) + C", variable="x"):
    answers = (right,) if right else ()
    return get("integral")(answer, Key("k1", answers, "integral", {"integrand": integrand, "variable": variable}))


@pytest.mark.parametrize(
    ("integrand", "answer"),
    [
        ("x*exp(x)", "(x - 1)*exp(x) + C"),
        ("x*exp(x)", "E**x*(x - 1)"),
        ("x*exp(x)", "e^x(x-1) + 7"),
        ("x*exp(x)", "$(x-1)e^{x} + C$"),
        ("2*sin(x)*cos(x)", "sin(x)**2 + C"),
        ("2*sin(x)*cos(x)", "-cos(x)**2 + C"),
        ("2*sin(x)*cos(x)", "-cos(2*x)/2"),
        ("1/x", "ln(x) + C"),
        ("1/x", "log(x) + C"),
        ("1/x", "log(3*x) + C"),
        ("asin(3*x)", "x*asin(3*x) + sqrt(1 - 9*x**2)/3 + C"),
        ("atan(2*x)", "x*atan(2*x) - log(4*x**2 + 1)/4 + C"),
        ("4*sqrt(4*x + 2)", "2*(4*x + 2)**(3/2)/3 + C"),
        ("4*sqrt(4*x + 2)", "\\frac{2}{3}(4x+2)^{3/2} + C"),
        ("(2*x + 1)*exp(x**2 + x)", "exp(x**2 + x) + C"),
        ("x**2*cos(x)", "x**2*sin(x) + 2*x*cos(x) - 2*sin(x) + C"),
        ("exp(x)*sin(x)", "exp(x)*(sin(x) - cos(x))/2 + C"),
        ("2**x*ln(2)", "2**x + C"),
    ],
)
def test_an_answer_with_the_right_derivative_passes_by_two_methods(integrand, answer):
    found = ask(answer, integrand, None)
    assert found.outcome == "pass"
    assert list(found.detail.get("methods", {"exact": True}).values()).count(True) >= (
        1 if found.detail["tier"] == "exact" else 2
    )


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("x*exp(x)", "wrong_derivative"),
        ("x*exp(x) + exp(x) + C", "wrong_derivative"),
        ("(x - 1)*exp(x) + x", "wrong_derivative"),
        ("(x - 1)*exp(x) + C*x", "wrong_derivative"),
        ("x**2*exp(x)/2", "wrong_derivative"),
        ("0", "wrong_derivative"),
        ("(x - 1)*exp(x) + y", "not_understood"),
        ("(X - 1)*exp(X)", "not_understood"),
        ("Integral(x*exp(x), x)", "not_understood"),
        ("x!", "not_understood"),
        ("(x - 1)*exp(x) + C, C any number", "not_understood"),
        ("exp(x", "not_understood"),
        ("9**9**9", "not_understood"),
        ("x + 9**(9**9)", "not_understood"),
        ("x**(9**9)", "not_understood"),
        ("((((x+1)**99)**99)**99)**99 + 99999**99999", "not_understood"),
        ("(" * 1000 + "x" + ")" * 1000, "not_understood"),
        ("x+" * 900 + "x", "not_understood"),
        ("", "not_understood"),
        ("__import__('os').system('touch X')", "not_understood"),
    ],
)
def test_another_answer_fails_with_its_reason(answer, reason):
    found = ask(answer)
    assert (found.outcome, found.reason) == ("fail", reason)


def test_a_constant_may_go_by_another_letter_or_a_number():
    assert [ask(f"(x - 1)*exp(x) + {constant}").outcome for constant in ("c", "K", "2", "sqrt(2)")] == ["pass"] * 4


@pytest.mark.parametrize(
    ("integrand", "right", "variable"),
    [
        ("x*exp(x)", "x*exp(x) + C", "x"),
        ("x*exp(x)", "Integral(x*exp(x), x) + C", "x"),
        ("x*exp(x)", "", "xy"),
        ("x*exp(x)", "", None),
        ("x*", None, "x"),
        (None, "x", "x"),
        ("y", None, "x"),
    ],
)
def test_a_key_that_does_not_prove_right_is_unusable(integrand, right, variable):
    with pytest.raises(UnusableKey):
        ask("x", integrand, right, variable)


def test_answers_with_equal_derivatives_have_one_normal_form():
    forms = {ask(answer).detail["answer"] for answer in ("(x - 1)*exp(x)", "x*exp(x) - exp(x) + C", "e^x(x-1) + 7")}
    assert len(forms) == 1
