import json
import random
from collections import defaultdict

import polars as pl
import pytest
from leaks import benchmark, cases, clean

from filters.contamination.benchmark import content_of, load, of, read
from filters.contamination.examination import examine
from filters.contamination.index import Index, Settings, joined
from filters.contamination.stoplist import load as load_stoplist
from filters.contamination.stoplist import stoplist
from warehouse.errors import BadInput

NOTHING = pl.Series([], dtype=pl.String)
FERRY = (
    "A ferry crosses the strait with 42 cars and 97 passengers on each trip. It makes 9 trips a day, and the company "
    "charges 21 dollars a car and 4 dollars a passenger. What does the company earn in a week?"
)
ROOTS = (
    r"Let $r$ and $s$ be the roots of $3x^2 + 1500x - \frac{7}{2} = 0$. If $r \le s$, find the value of "
    r"$\left|r - s\right|$ rounded to the nearest thousandth."
)
QUESTIONS = {
    "ferry": FERRY,
    "roots": ROOTS,
    "sum": "What is 12 + 50?",
    "primes": "How many primes are less than 100?",
    "list": "Which of these metals is liquid at room temperature and was once used in thermometers all over the "
    "world? A) Iron. B) Mercury. C) Gold. D) None of the above.",
    "chinese": "一列火车以每小时120公里的速度从甲地开往乙地，同时另一列火车以每小时75公里的速度从乙地开往甲地，"
    "两地相距585公里。问几小时后两车相遇？",
}


@pytest.fixture(scope="module")
def index():
    made = of("exam", QUESTIONS)
    return Index([made], stoplist(made.words, NOTHING, 0.005))


def found(prompt, index, **settings):
    """(item, method, span) of a prompt's hits, in the order of their rows."""
    rows = examine(pl.DataFrame({"problem_id": ["p"], "prompt": [prompt]}), index, Settings(**settings))
    told = []
    for against, outcome, method, detail in rows.select("against", "outcome", "reason", "detail").rows():
        if outcome == "fail":
            span = json.loads(detail)["span"]
            assert prompt[span["start"] : span["end"]] == span["text"]
            told.append((against.removeprefix("exam#"), method, span["text"]))
    return told


def methods(prompt, index, **settings):
    return [(item, method) for item, method, _ in found(prompt, index, **settings)]


# Where it is.


def test_a_question_is_found_in_a_longer_prompt_and_the_span_is_the_question(index):
    prompt = f"You are a tutor.\n\nProblem 3: {FERRY} Explain every step to a child."
    assert found(prompt, index) == [("ferry", "whole_question", FERRY.rstrip("?"))]


def test_the_span_is_that_of_the_prompt_as_it_was_written(index):
    written = (
        r"let \(r\) AND \(s\) be the roots of \(3x^{2}+1{,}500x-7/2=0\); if r ≤ s, find the value of |r − s| "
        "(rounded to the nearest thousandth)"
    )
    assert found(f"¿Ready? ½ … Café: {written}!", index) == [("roots", "whole_question", written.removesuffix(")"))]


def test_half_of_a_question_in_another_order_is_covered(index):
    first, second, third = (f"{part}." for part in FERRY.split(". "))
    (hit,) = found(f"{third} Consider this: {second} {first}", index)
    assert hit[:2] == ("ferry", "coverage")
    assert hit[2].startswith("What does the company earn")
    assert methods(first + " " + second, index) == [("ferry", "coverage")]


def test_thirteen_words_in_a_row_are_enough_and_twelve_are_not(index):
    words = "It makes 9 trips a day, and the company charges 21 dollars a car".split()
    assert methods(" ".join(words[:13]) + " of gold", index, fuzzy=None) == [("ferry", "ngram")]
    assert methods(" ".join(words[:12]) + " ox of gold", index, fuzzy=None) == []


def test_other_words_for_the_same_are_found_by_likeness(index):
    prompt = (
        "What does the firm earn each week? Its ferry crosses a strait and carries 42 cars plus 97 passengers per "
        "trip, does 9 trips every day, and charges 21 dollars per car but only 4 dollars per passenger."
    )
    assert methods(prompt, index) == [("ferry", "fuzzy")]
    assert methods(prompt, index, fuzzy=None) == []
    assert methods(prompt.replace("42", "38").replace("97", "81"), index) == []


# What is none.


@pytest.mark.parametrize(
    "prompt",
    [
        FERRY.replace("42", "38").replace("97", "81").replace("9 trips", "6 trips"),
        FERRY.replace("21 dollars", "25 dollars"),
        FERRY.replace("4 dollars", "7 dollars") + " Please reason step by step.",
        QUESTIONS["chinese"].replace("120", "110").replace("75", "65"),
        ROOTS.replace("1500", "1700"),
    ],
)
def test_the_same_template_with_other_numbers_is_no_leak(index, prompt):
    assert methods(prompt, index) == []


def test_a_number_more_in_the_prompt_or_one_that_was_cut_off_changes_nothing(index):
    assert methods(FERRY.partition(" What does")[0] + " On 3 of 11 days there is fog.", index) == [
        ("ferry", "coverage")
    ]


def test_the_option_list_and_the_instruction_are_boilerplate(index):
    prompt = (
        "Which of the following statements is correct? A) It is so. B) It is not. C) Nobody knows. D) None of the "
        "above. Let's think step by step. Please reason step by step, and put your final answer within \\boxed{}."
    )
    assert methods(prompt, index) == []


@pytest.mark.parametrize(
    "prompt",
    [
        "What is 12 + 50?",
        "Question: What is 12+50?\nAnswer:",
        "What is 12 + 50? Let's think step by step.",
        "what is 12 + 50. Please reason step by step, and put your final answer within \\boxed{}.",
    ],
)
def test_a_trivially_short_question_leaks_where_it_is_the_prompt(index, prompt):
    assert methods(prompt, index) == [("sum", "whole_question")]


@pytest.mark.parametrize(
    "prompt",
    [
        "What is 12 + 51?",
        "A teacher asks: What is 12 + 50? Half of the class groans. Write a story about it.",
        "Please reason step by step, and put your final answer within \\boxed{}.",
        "",
        None,
        "?!",
    ],
)
def test_elsewhere_it_does_not(index, prompt):
    assert methods(prompt, index) == []


@pytest.mark.parametrize("question", ["?!", "Let's think step by step.", "Question:", "x", "$$"])
def test_a_question_that_says_nothing_matches_nothing(question):
    made = of("exam", {"nothing": question})
    index = Index([made], stoplist(made.words, NOTHING, 0.005))
    for prompt in ("", "?!", "Question: Answer:", "Let's think step by step.", FERRY, "A longer one about x and y."):
        assert methods(prompt, index) == []
    assert methods("x", index) == ([("nothing", "whole_question")] if question == "x" else [])


# What many say.


def test_what_many_problems_say_is_no_hit_though_a_question_says_it_too():
    saying = "Assume that all of the balls are drawn without being put back and that the drawer cannot see any colour."
    made = of("exam", {"urn": f"An urn holds 5 red balls. {saying} How likely are 2 red ones?"})
    problems = [
        f"Box {n} has {n + 7} green marbles and {n % 9} pins. {saying} Tell the odds of row {n}." for n in range(60)
    ]
    told = methods(problems[7], Index([made], stoplist(made.words, NOTHING, 0.005)))
    assert told == [("urn", "coverage")]
    common = stoplist(made.words, pl.Series(problems), 0.005)
    assert "of the balls are drawn without being put" in common.told["run"].to_list()
    assert methods(problems[7], Index([made], common)) == []


def test_a_leak_that_stands_in_a_dozen_problems_is_not_boilerplate_for_that():
    made = of("exam", QUESTIONS)
    problems = [f"{FERRY} Answer {n}." for n in range(12)]
    assert methods(problems[3], Index([made], stoplist(made.words, pl.Series(problems), 0.005))) != []


def test_what_five_questions_of_benchmarks_share_is_boilerplate():
    tail = "It can be shown that the answer is a fraction of two coprime numbers whose sum you should report."
    made = of("exam", {str(n): f"Town {n} has {n * 31} cats and {n * 17} wells. {tail}" for n in range(1, 7)})
    listed = stoplist(made.words, NOTHING, 0.005)
    assert listed.told["count"].max() == 6
    prompt = f"A baker sells 3 pies to each of 8 guests. {tail}"
    assert methods(prompt, Index([made], listed)) == []
    assert methods(f"Town 3 has 93 cats and 51 wells. {tail}", Index([made], listed)) == [("3", "whole_question")]


def test_the_same_question_in_many_benchmarks_is_no_boilerplate():
    many = [of(f"exam{n}", {"ferry": FERRY}) for n in range(7)]
    listed = stoplist(joined([one.words for one in many]), NOTHING, 0.005)
    assert listed.told.is_empty()
    rows = examine(pl.DataFrame({"problem_id": ["p"], "prompt": [FERRY]}), Index(many, listed), Settings())
    assert rows["against"].to_list() == [f"exam{n}#ferry" for n in range(7)]


# How it is told.


def test_all_hits_of_a_problem_are_kept_the_strongest_first(index):
    half = ROOTS.partition(" rounded")[0]
    prompt = f"{half}. And then: {FERRY} It makes 9 trips a day, and the company charges 21 dollars a car."
    rows = examine(pl.DataFrame({"problem_id": ["p"], "prompt": [prompt]}), index, Settings())
    assert rows.select("against", "outcome", "reason").rows() == [
        ("exam#ferry", "fail", "whole_question"),
        ("exam#roots", "fail", "coverage"),
    ]
    detail = json.loads(rows["detail"][0])
    assert (detail["benchmark"], detail["item"]) == ("exam", "ferry")
    assert [one["method"] for one in detail["methods"]] == ["whole_question", "coverage", "ngram"]
    assert detail["question"] == FERRY


def test_a_clean_problem_is_one_row_that_passes(index):
    rows = examine(
        pl.DataFrame({"problem_id": ["a", "b"], "prompt": ["Why is the sky blue?", None]}), index, Settings()
    )
    assert rows.rows() == [("a", None, "pass", None, None, None), ("b", None, "pass", None, None, None)]


def test_blocks_and_order_change_nothing(index):
    draw = random.Random(3)
    prompts = [*QUESTIONS.values(), *clean(3, 40)]
    frame = pl.DataFrame({"problem_id": [str(n) for n in range(len(prompts))], "prompt": prompts})
    whole = examine(frame, index, Settings()).sort("problem_id", "against")
    assert (whole["outcome"] == "fail").sum() == len(QUESTIONS)
    places = list(range(frame.height))
    draw.shuffle(places)
    blocks = [examine(frame[places[at : at + 7]], index, Settings()) for at in range(0, len(places), 7)]
    assert pl.concat(blocks).sort("problem_id", "against").equals(whole)


# What is kept.


def test_a_benchmark_is_kept_and_comes_back_as_it_was(tmp_path, index):
    made = of("exam", QUESTIONS)
    made.save(tmp_path / "kept.parquet")
    assert content_of(tmp_path / "kept.parquet") == made.content
    back = load("exam", tmp_path / "kept.parquet")
    assert (back.items, back.questions, back.content) == (made.items, made.questions, made.content)
    assert [back.words.of(item) for item in range(6)] == [made.words.of(item) for item in range(6)]
    again = Index([back], stoplist(back.words, NOTHING, 0.005))
    frame = pl.DataFrame({"problem_id": list(QUESTIONS), "prompt": list(QUESTIONS.values())})
    assert examine(frame, again, Settings()).equals(examine(frame, index, Settings()))


def test_what_is_damaged_or_made_by_another_normaliser_is_not_taken(tmp_path, monkeypatch):
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no")
    assert content_of(tmp_path / "broken.parquet") is None
    assert content_of(tmp_path / "nowhere.parquet") is None
    monkeypatch.setattr("filters.contamination.benchmark.VERSION", "older")
    of("exam", QUESTIONS).save(tmp_path / "old.parquet")
    monkeypatch.undo()
    assert content_of(tmp_path / "old.parquet") is None


def test_a_stop_list_is_kept_and_can_be_read_by_people(tmp_path):
    made = of("exam", QUESTIONS)
    listed = stoplist(
        made.words, pl.Series([f"The same eight words as in all of these, {n}" for n in range(30)]), 0.005
    )
    listed.save(tmp_path / "stops.parquet")
    back = load_stoplist(tmp_path / "stops.parquet")
    assert {length: runs.tolist() for length, runs in back.runs.items()} == {
        length: runs.tolist() for length, runs in listed.runs.items()
    }
    kept = pl.read_parquet(tmp_path / "stops.parquet").select("run", "count", "found_in")
    assert ("same 8 words as in all of these", 30, "problems") in kept.rows()


# What cannot be used.


def refused(rows, columns=("question", "id"), item="id"):
    with pytest.raises(BadInput) as told:
        read("aime", rows, list(columns), "question", item, "aime.jsonl")
    return str(told.value)


def test_a_benchmark_without_the_question_column_names_the_columns_there_are():
    told = refused([{"problem": "?"}], columns=("problem", "answer"), item=None)
    assert told.startswith("benchmarks.aime: aime.jsonl has no column 'question' for question; it has problem, answer.")
    assert 'columns = { question = "..." }' in told


def test_rows_that_are_no_items_are_refused_by_number():
    good = {"question": "Why?", "id": "a"}
    assert "row 2: question is None; expected a question" in refused([good, {"id": "b"}])
    assert "row 2: question is '  '" in refused([good, {"question": "  ", "id": "b"}])
    assert "row 2: id is 'a'; expected a name that no row before it has" in refused(
        [good, {"question": "H", "id": "a"}]
    )
    assert "row 1: id is None; expected a name" in refused([{"question": "How?", "id": None}])
    assert "aime.jsonl holds no question" in refused([])
    assert "has no column 'name' for id; it has question" in refused([good], columns=["question"], item="name")


def test_items_are_named_by_an_id_that_names_each_once_or_else_by_number():
    def names(rows, item=None):
        return read("aime", rows, ["question", "id", "no"], "question", item, "aime.jsonl").items

    rows = [{"question": "Why?", "id": "a", "no": 7}, {"question": "How?", "id": "b", "no": 8}]
    assert names(rows) == ["a", "b"]
    assert names(rows, "no") == ["7", "8"]
    assert names([row | {"id": "a"} for row in rows]) == names([{"question": "Why?"}] * 2) == ["1", "2"]


# How well it does.

LEAST = {
    **dict.fromkeys(("verbatim", "case", "embedded", "numbers", "latex", "short", "chinese", "cut"), 1.0),
    "order": 0.95, "synonyms": 0.9, "insertions": 0.8, "paraphrase": 0.8,
}  # fmt: skip


def test_planted_leaks_are_found_and_what_only_looks_like_one_is_not():
    made, planted = of("exam", dict(benchmark(3))), cases(3)
    prompts = pl.Series([case.prompt for case in planted] + clean(3, 1000))
    index = Index([made], stoplist(made.words, prompts, 0.005))
    frame = pl.DataFrame({"problem_id": [str(n) for n in range(len(prompts))], "prompt": prompts})
    against = defaultdict(set)
    for problem, item in (
        examine(frame, index, Settings()).filter(outcome="fail").select("problem_id", "against").rows()
    ):
        against[int(problem)].add(item.removeprefix("exam#"))
    right = defaultdict(list)
    for number, case in enumerate(planted):
        right[case.kind].append(case.item in against[number] if case.leaks else not against[number])
    share = {kind: sum(each) / len(each) for kind, each in right.items()}
    assert {kind: share[kind] for kind in LEAST if share[kind] < LEAST[kind]} == {}
    assert share["template"] == share["unrelated"] == share["boilerplate"] == 1.0
    assert not any(against[number] for number in range(len(planted), len(prompts)))
