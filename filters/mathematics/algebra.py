"""An exact normal form for closed forms: equal normal forms are a proof that two values are equal.

A value is a quotient of two polynomials with rational coefficients over generators: variables, pi, i, the primes (with
fractional exponents: sqrt(12) is 2 * 3^(1/2)), logarithms of primes, roots and logarithms of what else there is, and
exponentials exp(m) of a monomial m. The relations that are used all hold for complex principal values: i^2 = -1, a
root to its power, exp(a)exp(b) = exp(a+b), products of roots and logarithms of positive numbers. Sines and their kin
are written through exp(ix), so that angle sums and Pythagoras come for free. Different normal forms prove nothing in
general.

Everything is capped; what grows too large raises GiveUp.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from filters.mathematics.exact import Undefined, rational
from filters.mathematics.polynomials import (
    HALF,
    IPI,
    LARGEST_POWER,
    MOST_BITS,
    ONE,
    UNIT,
    Element,
    GiveUp,
    Poly,
    conjugate,
    divided_content,
    factors,
    generator,
    spelled,
)
from filters.mathematics.ring import Ring
from filters.mathematics.tree import Call, E, Name, Node, Num, names


class Algebra(Ring):
    """Normal forms for one comparison."""

    def equal(self, one: Node, other: Node) -> bool:
        """Whether the two normal forms agree. Raises GiveUp, Undefined."""
        first, second = self.form(one), self.form(other)
        return not self.minus(first, second).top

    def form(self, node: Node) -> Element:
        """The normal form of a tree. Raises GiveUp, Undefined."""
        if isinstance(node, Num):
            return Element({UNIT: node.value} if node.value else {})
        if isinstance(node, Name):
            return generator(f"v:{node.name}")
        head, args = node.head, node.args
        if not args:
            if head == "pi":
                return generator("pi")
            if head == "e":
                return self.exponential(Element({UNIT: ONE}))
            if head == "i":
                return generator("i")
            raise GiveUp(head)
        if head == "+":
            result = self.form(args[0])
            for one in args[1:]:
                result = self.plus(result, self.form(one))
            return result
        if head == "*":
            return self.times(self.form(args[0]), self.form(args[1]))
        if head == "neg":
            inner = self.form(args[0])
            return Element({mono: -factor for mono, factor in inner.top.items()}, inner.bottom)
        if head == "/":
            return self.over(self.form(args[0]), self.form(args[1]))
        if head == "^":
            if args[0] == E:
                return self.exponential(self.form(args[1]))
            return self.power(self.form(args[0]), args[1])
        function = getattr(self, f"of_{head}", None)
        if function is not None:
            return function(*args)
        exact = rational(node)
        if exact is not None:
            return Element({UNIT: exact} if exact else {})
        return self.opaque(head, *args)

    def opaque(self, head: str, *args: Node) -> Element:
        """A function that nothing is known of but that equal arguments give equal values."""
        return generator(f"{head}[{', '.join(self.text(self.form(one)) for one in args)}]")

    def text(self, element: Element) -> str:
        """The same text only for equal elements."""
        top = spelled(element.top)
        return top if element.whole else f"({top})/({spelled(element.bottom)})"

    def power(self, base: Element, exponent: Node) -> Element:
        power = rational(exponent)
        if power is None:
            form = self.form(exponent)
            power = form.rational()
            if power is None:
                if not base.top:
                    raise GiveUp("zero to an unknown power")
                return self.exponential(self.times(form, self.logarithm(base)))
        if not base.top:
            if power <= 0:
                raise Undefined("zero to a power that is not positive")
            return base
        if power.denominator == 1:
            return self.whole_power(base, power.numerator)
        return self.root(base, power)

    def whole_power(self, base: Element, power: int) -> Element:
        if power < 0:
            base, power = self.over(Element({UNIT: ONE}), base), -power
        single = base.monomial()
        if single is not None and power > 8 and not any(generator in self.bases for generator, _ in single[0]):
            mono, factor = single
            if (factor.numerator.bit_length() + factor.denominator.bit_length()) * power > MOST_BITS and abs(
                factor
            ) != 1:
                raise GiveUp("a coefficient is too large")
            result: Poly = {}
            self.merge(
                result, tuple((generator, exponent * power) for generator, exponent in mono), UNIT, factor**power
            )
            return Element(result)
        if power > LARGEST_POWER:
            raise GiveUp("a power is too large")
        result_ = Element({UNIT: ONE})
        while power:
            if power & 1:
                result_ = self.times(result_, base)
            power >>= 1
            base = self.times(base, base) if power else base
        return result_

    def root(self, base: Element, power: Fraction) -> Element:
        """A power that is not whole."""
        single = base.monomial()
        if single is not None:
            mono, factor = single
            sign = ONE
            result = Element({UNIT: ONE})
            if factor < 0 and self.positive(mono):
                if power.denominator == 2:
                    result = self.times(result, self.whole_power(generator("i"), power.numerator))
                elif power.denominator % 2:
                    sign = -ONE if power.numerator % 2 else ONE
                else:
                    result = self.times(result, Element(self.turn(power)))
                factor = -factor
            if factor > 0 and (
                self.positive(mono) or (len(mono) == 1 and factor and mono[0][0].startswith("v:") and mono[0][1] == 1)
            ):
                result = self.times(result, self.prime_power(factor, power))
                raised = {tuple(sorted((one, exponent * power) for one, exponent in mono)): sign}
                reduced: Poly = {}
                self.merge(reduced, next(iter(raised)), UNIT, sign)
                return self.times(result, Element(reduced))
        if not base.whole:
            above, below = Element(base.top), Element(base.bottom)
            if below.monomial() and self.positive(below.monomial()[0]) and below.monomial()[1] > 0:  # type: ignore[index]
                return self.over(self.root(above, power), self.root(below, power))
            raise GiveUp("a root of a quotient")
        content, primitive = divided_content(base.top)
        whole, part = divmod(power, 1)
        name = f"root[{spelled(primitive)}]"
        self.bases[name] = Element(primitive)
        result = self.times(self.prime_power(content, power), generator(name, part))
        return self.times(result, self.whole_power(Element(primitive), int(whole))) if whole else result

    def prime_power(self, value: Fraction, power: Fraction) -> Element:
        """A positive rational number to a rational power, as a product of powers of primes."""
        if value == 1:
            return Element({UNIT: ONE})
        result: Poly = {UNIT: ONE}
        for prime, times in factors(value):
            raised = times * power
            if abs(raised) * prime.bit_length() > MOST_BITS:
                raise GiveUp("a power is too large")
            whole, part = divmod(raised, 1)
            factor = {((str(prime), part),) if part else UNIT: Fraction(prime) ** int(whole)}
            result = self.product(result, factor)
        return Element(result)

    def exponential(self, power: Element) -> Element:
        """exp of an element: exp(a + b) is exp(a) exp(b)."""
        if not power.whole:
            single = Element(power.bottom).monomial()
            if single is None or any(one in self.bases for one, _ in single[0]):
                return generator(f"exp[{self.text(power)}]")
        result = Element({UNIT: ONE})
        for mono, factor in power.top.items():
            logs = [one for one, exponent in mono if one.startswith("ln[") and exponent == 1]
            if len(mono) == 1 and logs and mono[0][0] in self.logs:
                result = self.times(result, self.rooted(self.logs[mono[0][0]], factor))
            elif mono == IPI:
                result = self.times(result, Element(self.turn(factor)))
            else:
                name = f"exp[{spelled({mono: ONE})}]"
                self.powers[name] = mono
                result = self.times(result, generator(name, factor))
        return result

    def rooted(self, base: Element, power: Fraction) -> Element:
        return self.whole_power(base, power.numerator) if power.denominator == 1 else self.root(base, power)

    def logarithm(self, value: Element) -> Element:
        if not value.top:
            raise Undefined("the logarithm of zero")
        single = value.monomial()
        if single is not None and self.positive(single[0]):
            mono, factor = single
            result = Element({})
            if factor < 0:
                result = self.times(generator("i"), generator("pi"))
            for prime, times in factors(abs(factor)):
                result = self.plus(result, self.times(Element({UNIT: Fraction(times)}), self.log_of(str(prime))))
            for one, exponent in mono:
                form = Element({self.powers[one]: ONE}) if one in self.powers else self.log_of(one)
                result = self.plus(result, self.times(Element({UNIT: exponent}), form))
            return result
        if not value.whole:
            name = f"ln[{self.text(value)}]"
            self.logs[name] = value
            return generator(name)
        content, primitive = divided_content(value.top)
        name = f"ln[{spelled(primitive)}]"
        self.logs[name] = Element(primitive)
        return self.plus(self.logarithm(Element({UNIT: content})), generator(name))

    def log_of(self, one: str) -> Element:
        """The logarithm of a prime or of pi."""
        name = f"ln[{one}]"
        self.logs[name] = Element({UNIT: Fraction(int(one))}) if one.isdigit() else generator(one)
        return generator(name)

    def of_ln(self, value: Node) -> Element:
        return self.logarithm(self.form(value))

    def turned(self, value: Node, sine: bool, circular: bool = True) -> Element:
        """The sine or cosine (or sinh, cosh) through exponentials."""
        form = self.form(value)
        if circular:
            form = self.times(generator("i"), form)
        up = self.exponential(form)
        down = self.exponential(Element({mono: -factor for mono, factor in form.top.items()}, form.bottom))
        both = self.minus(up, down) if sine else self.plus(up, down)
        half = self.times(Element({UNIT: HALF}), both)
        return self.over(half, generator("i")) if sine and circular else half

    def of_sin(self, value: Node) -> Element:
        return self.turned(value, True)

    def of_cos(self, value: Node) -> Element:
        return self.turned(value, False)

    def of_tan(self, value: Node) -> Element:
        return self.over(self.of_sin(value), self.of_cos(value))

    def of_cot(self, value: Node) -> Element:
        return self.over(self.of_cos(value), self.of_sin(value))

    def of_sec(self, value: Node) -> Element:
        return self.over(Element({UNIT: ONE}), self.of_cos(value))

    def of_csc(self, value: Node) -> Element:
        return self.over(Element({UNIT: ONE}), self.of_sin(value))

    def of_sinh(self, value: Node) -> Element:
        return self.turned(value, True, False)

    def of_cosh(self, value: Node) -> Element:
        return self.turned(value, False, False)

    def of_tanh(self, value: Node) -> Element:
        return self.over(self.of_sinh(value), self.of_cosh(value))

    def of_arctan(self, value: Node) -> Element:
        return self.angle("arctan", self.of_tan, value)

    def of_arcsin(self, value: Node) -> Element:
        return self.angle("arcsin", self.of_sin, value)

    def of_arccos(self, value: Node) -> Element:
        return self.angle("arccos", self.of_cos, value)

    def angle(self, head: str, back: Callable[[Node], Element], value: Node) -> Element:
        """An inverse function, where its value is a multiple of pi/12: proven by the function itself."""
        if not names(value):
            from filters.mathematics.numeric import as_float

            close = as_float(Call(head, (value,)))
            if close is not None:
                steps = round(close * 12 / 3.141592653589793)
                angle = Call("*", (Num(Fraction(steps, 12)), Call("pi")))
                in_range = abs(steps) <= 6 if head != "arccos" else 0 <= steps <= 12
                if in_range and not self.minus(back(angle), self.form(value)).top:
                    return self.form(angle)
        return self.opaque(head, value)

    def of_abs(self, value: Node) -> Element:
        if not names(value):
            from filters.mathematics.numeric import as_float

            sign = as_float(value)
            if sign is not None and abs(sign) > 1e-6:
                form = self.form(value)
                return form if sign > 0 else self.minus(Element({}), form)
            if sign is None:  # the size of a complex number
                form = self.form(value)
                turned = Element(conjugate(form.top), conjugate(form.bottom))
                return self.rooted(self.times(form, turned), HALF)
        form = self.form(value)
        exact = form.rational()
        if exact is not None:
            return Element({UNIT: abs(exact)} if exact else {})
        single = form.monomial()
        if single is not None and self.positive(single[0]):
            return Element({single[0]: abs(single[1])})
        if not form.whole:
            raise GiveUp("the absolute value of a quotient")
        content, primitive = divided_content(form.top)
        if primitive[min(primitive)] < 0:
            primitive = {mono: -factor for mono, factor in primitive.items()}
        return self.times(Element({UNIT: content}), generator(f"abs[{spelled(primitive)}]"))
