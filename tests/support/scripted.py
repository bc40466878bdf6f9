"""A backend that does as its options say: what fails, what a token limit cuts, whether tokens are counted."""

from warehouse.records import Completion, Failure


def scripted(teacher):
    """Options: long (tokens of an answer; a lower limit cuts it, overrun by ``over``), fails, counts (tokens)."""
    options = {"long": 4, "fails": [], "counts": True, "over": 0} | teacher.options

    def complete(requests):
        for request in requests:
            if request.strategy in options["fails"] or request.sample_index in options["fails"]:
                yield Failure(request, "server_error", "as it was told")
                continue
            cut = request.max_tokens < options["long"]
            text = (request.prefix or "<think>\n") + ("on " if cut else "done\n</think>\n\n4")
            tokens = (
                min(request.max_tokens + options["over"], options["long"]) - request.prefix_tokens
                if options["counts"]
                else None
            )
            yield Completion(request, text, "length" if cut else "stop", 9, tokens, 1.0, "scripted", cost=1.0)

    return complete
