import pytest

from generators.sources import Wanted, problems
from generators.teachers import Teacher, complete_with
from warehouse.errors import BadInput, ModelError
from warehouse.records import Request

TWO_TERMS = {"min_terms": 2, "max_terms": 2, "operators_weights": [0.6, 0.4, 0.0]}


def requests(family="fraction_simplification", samples=1, count=5, **config):
    return [
        Request(
            problem.problem_id,
            (("user", problem.prompt),),
            model="cold-start",
            weights="solver",
            prompt_style="plain@1",
            asked="plain",
            sample_index=sample,
            problem={"source": problem.source, "metadata": problem.metadata},
        )
        for problem in problems(Wanted(f"reasoning-gym/{family}", count=count, config=config))
        for sample in range(samples)
    ]


def answered(asked, path="search"):
    return list(complete_with("solver", Teacher("cold-start", path, "solver"))(asked))


@pytest.mark.parametrize("path", ["search", "hasty"])
def test_each_request_is_answered_once_with_thinking_and_an_answer(path):
    asked = requests()
    completions = answered(asked, path)
    assert [completion.request for completion in completions] == asked
    for completion in completions:
        assert completion.text.startswith("<think>\n")
        assert completion.text.partition("</think>")[2].strip()
        assert completion.finish_reason == "stop"
        assert completion.completion_tokens == len(completion.text.split())


def test_the_same_requests_are_answered_with_the_same_texts():
    asked = requests(samples=2)
    assert [c.text for c in answered(asked)] == [c.text for c in answered(asked[::-1])][::-1]


def test_samples_of_one_problem_differ():
    texts = {completion.text for completion in answered(requests("simple_equations", 8, 1, **TWO_TERMS))}
    assert len(texts) > 1


def test_an_unknown_temperament_is_refused_by_field():
    with pytest.raises(
        ModelError, match=r"models\.cold-start\.path: no solver 'wise'; expected search, hasty, slip, .*skills"
    ):
        answered([], "wise")


def test_a_problem_that_no_solver_knows_is_refused_with_those_known():
    with pytest.raises(ModelError, match=r"no solver for reasoning-gym/gcd; .*reasoning-gym/countdown"):
        answered(requests("gcd"))


def test_a_problem_larger_than_the_solver_is_refused_with_the_remedy():
    with pytest.raises(ModelError, match="4 numbers; three are expected; narrow the config of reasoning-gym"):
        answered(requests("countdown", count=1, min_numbers=4, max_numbers=4))


def test_an_unknown_backend_is_refused_with_those_there_are():
    with pytest.raises(BadInput, match="no backend called 'sover'; expected one of openai, solver, transformers, vllm"):
        complete_with("sover", Teacher("cold-start", "search", "solver"))


def test_a_backend_of_the_users_own_is_loaded_from_a_file(tmp_path):
    (tmp_path / "echo.py").write_text(
        "from warehouse.records import Completion\n"
        "def echo(teacher):\n"
        "    return lambda requests: (Completion(r, r.messages[-1][1], 'stop', 1, 1, 0.1, 'echo') for r in requests)\n"
    )
    complete = complete_with("echo.py:echo", Teacher("parrot", "", "none"), tmp_path)
    [asked] = requests(count=1)
    assert [completion.text for completion in complete([asked])] == [asked.messages[-1][1]]
