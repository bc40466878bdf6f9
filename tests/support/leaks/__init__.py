"""A benchmark, problems that leak it and problems that only look so: made afresh from a seed.

Nothing here knows of the methods it is to try. ``questions`` draws what is asked, ``rewriting`` says it otherwise, and
``cases`` puts both together with the label that a person would give.
"""

from leaks.cases import Case, benchmark, cases, clean

__all__ = ["Case", "benchmark", "cases", "clean"]
