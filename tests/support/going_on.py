"""A model that goes on from where somebody stopped, as a backend of the user's own."""

# Goes on from a text to the right answer, unless a guess stands there; of some samples nothing is heard.
WALKER = """
import random
from pathlib import Path

from generators.solvers import ENGLISH, equation
from warehouse.records import Completion, Failure


def walker(teacher):
    options = {"fails": [], "reason": "timeout"} | teacher.options

    def complete(requests):
        for request in requests:
            with Path(options["log"]).open("a") as log:
                log.write(request.trace_id + "\\n")
            if request.sample_index in options["fails"]:
                yield Failure(request, options["reason"], "nothing was heard")
                continue
            told = request.messages[-1][1].rpartition(": ")[2]
            answer = equation({"equation": told}, random.Random(0), ENGLISH, False)[1]
            text = request.prefix or "<think>\\nSo."
            end = f"\\n</think>\\n\\n{'no idea' if 'Try' in text or '试' in text else answer}"
            yield Completion(request, text + end, "stop", 9, 5, 0.1, "test")

    return complete
"""
