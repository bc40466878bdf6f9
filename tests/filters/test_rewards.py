import threading

import pytest

from filters.checks import get
from filters.finding import CHECKS, Finding, check
from filters.rewards import reward
from warehouse.errors import BadInput

GOOD, BAD, CUT = "<think>2 + 2 is four</think>4", "<think>2 + 2 is five</think>5", "<think>2 + 2"


def test_a_check_is_a_reward_by_its_score():
    assert reward("format")([GOOD, BAD, CUT]) == [1.0, 1.0, 0.0]
    mixed = "<think>So the answer is seven. 所以答案是七。</think>7"
    (share,) = reward("language", {"target": "en", "of": "thinking"})([mixed])
    assert 0 < share < 1
    assert reward("length", {"at_most": 100, "soft": 50})([GOOD], completion_ids=[[1] * 75]) == [0.5]


def test_it_is_called_as_a_trainer_calls_it():
    score = reward("answer")
    assert score.__name__ == "answer"
    columns = {"answers": [["4"], ["4"]], "verifier": ["number", "number"], "spec": [None, "{}"]}
    told = score(
        prompts=["2 + 2", "2 + 2"],
        completions=[GOOD, BAD],
        completion_ids=[[1, 2], [3]],
        trainer_state=object(),
        log_metric=print,
        environments=[None],
        **columns,
    )
    assert told == [1.0, 0.0]


def test_what_is_undecided_is_no_reward_and_not_a_wrong_answer():
    columns = {"answers": [["4"], ["many"], ["4"], None], "verifier": ["number", "number", None, "number"]}
    assert reward("answer")([GOOD] * 4, **columns) == [1.0, None, None, None]
    assert reward("language", {"target": "en"})(["<think>$x$</think>7"]) == [None]
    assert reward("truncated")([GOOD, CUT]) == [None, 0.0]
    assert reward("format")([None, GOOD]) == [None, 1.0]


def test_a_finding_without_a_score_is_one_or_nothing_and_a_score_stays_within(monkeypatch):
    monkeypatch.setattr(CHECKS, "parts", dict(CHECKS.parts))

    @check("odd", version=1)
    def odd(trace, key, settings):
        outcome, score = trace["completion"].split()
        return Finding(outcome, "why", None if score == "none" else float(score))

    said = ["pass none", "fail none", "pass 3", "fail -1", "undecided 1", "pass 0.25", "a crash in between", "pass 1"]
    assert reward("odd")(said) == [1.0, 0.0, 1.0, 0.0, None, 0.25, None, 1.0]


def test_an_own_check_is_a_reward_too(tmp_path):
    (tmp_path / "own.py").write_text(
        "from filters import Finding, check\n"
        "@check('polite', version=1, word='please')\n"
        "def polite(trace, key, settings):\n"
        "    return Finding.passed() if settings['word'] in trace['completion'] else Finding.fail('rude')\n"
    )
    score = reward("own.py:polite", {"word": "thanks"}, folder=tmp_path)
    assert score(["thanks", "please"]) == [1.0, 0.0]


def test_a_chat_is_judged_by_what_the_assistant_said():
    plain = [{"role": "assistant", "content": GOOD}]
    parsed = [{"role": "assistant", "reasoning_content": "2 + 2 is four", "content": "4"}]
    unfinished = [{"role": "assistant", "reasoning_content": "2 + 2", "content": ""}]
    parts = [{"role": "assistant", "content": [{"type": "text", "text": GOOD}]}]
    tools = [
        {"role": "assistant", "content": "<think>a"},
        {"role": "tool", "content": "<think>"},
        {"content": "</think>4"},
    ]
    assert reward("format")([plain, parsed, unfinished, parts, tools]) == [1.0, 1.0, 0.0, 1.0, 1.0]


def test_a_completion_of_all_the_tokens_there_were_was_cut():
    score = reward("truncated", max_tokens=3)
    assert score(["It is 4", "It is 4"], completion_ids=[[1, 2], [1, 2, 3]]) == [1.0, 0.0]
    assert score(["It is 4", "It is 4"], finish_reason=["stop", "length"]) == [1.0, 0.0]


def test_a_language_and_a_kind_come_from_the_columns():
    said = "<think>So the answer is seven.</think>7"
    assert reward("language")([said] * 3, language=["en", "zh", None]) == [1.0, 0.0, None]
    assert reward("format")(["7", "7"], kind=["knowledge", "sample"]) == [1.0, 0.0]
    same = {"kind": ["rewrite", "sample"], "original": [GOOD, GOOD]}
    assert reward("same_answer")([GOOD, GOOD], **same) == [1.0, None]


def test_keys_may_come_as_one_text_and_a_spec_as_a_dictionary():
    columns = {"answers": ["4"], "verifier": ["number"], "spec": [{"other": None}]}
    assert reward("answer")([GOOD], **columns) == [1.0]
    with pytest.raises(BadInput, match="column spec: found 'nonsense'; expected a JSON object"):
        reward("answer")([GOOD], answers=["4"], verifier=["number"], spec=["nonsense"])


@pytest.mark.parametrize("name", ["judged", "duplicates"])
def test_what_asks_the_lake_or_a_model_is_no_reward(name):
    with pytest.raises(BadInput, match=f"check {name} is no reward"):
        reward(name)


def test_an_unknown_check_or_setting_is_bad_input():
    with pytest.raises(BadInput, match="no check called 'vibes'"):
        reward("vibes")
    with pytest.raises(BadInput, match="unknown longest"):
        reward("length", {"longest": 3})


def test_an_empty_batch_has_no_rewards():
    assert [reward(name)([]) for name in ("answer", "format", "language")] == [[], [], []]


def test_answers_are_rewarded_from_several_threads_at_once():
    score = reward("answer")
    told = {}

    def ask(number):
        right = [(number + place) % 3 == 0 for place in range(40)]
        said = [f"<think>a</think>{number * 100 + place + (not good)}" for place, good in enumerate(right)]
        keys = [[str(number * 100 + place)] for place in range(40)]
        told[number] = (score(said, answers=keys, verifier=["number"] * 40), [float(good) for good in right])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 6
    assert all(found == expected for found, expected in told.values())


@pytest.mark.parametrize("name", ["format", "language", "length", "repetition", "truncated"])
def test_every_reward_of_form_lies_between_nothing_and_one(name):
    said = [GOOD, BAD, CUT, "", "\ud800", "a " * 500, "我" * 500, "<think>我想一想。I think so.</think>\\boxed{"]
    for value in reward(name)(said, language=["en"] * len(said)):
        assert value is None or (isinstance(value, float) and 0 <= value <= 1)
    assert get(name).reasons


@pytest.mark.slow
def test_a_trainer_takes_them_as_they_are(tmp_path, tiny_model):
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import GRPOConfig, GRPOTrainer

    question = {"prompt": [{"role": "user", "content": "2 + 2"}], "answers": ["4"], "verifier": "number", "spec": "{}"}
    checks = ("answer", "format", "language", "length", "repetition", "truncated")
    trainer = GRPOTrainer(
        AutoModelForCausalLM.from_pretrained(tiny_model),
        reward_funcs=[reward(name, max_tokens=8) for name in checks],
        train_dataset=Dataset.from_list([question | {"language": "en"}] * 4),
        processing_class=AutoTokenizer.from_pretrained(tiny_model),
        args=GRPOConfig(
            output_dir=str(tmp_path),
            per_device_train_batch_size=4,
            num_generations=4,
            max_completion_length=8,
            max_steps=1,
            logging_steps=1,
            report_to=[],
            save_strategy="no",
            bf16=False,
            use_cpu=True,
        ),
    )
    trainer.train()
    logged = trainer.state.log_history[0]
    assert {f"rewards/{name}/mean" for name in checks} <= set(logged)
    assert logged["rewards/answer/mean"] == 0.0
