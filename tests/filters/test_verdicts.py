import json

import polars as pl
import pytest

from filters import Check, Finding
from filters.verdicts import Asked, ask, judge_with
from warehouse.errors import BadInput


def traces(*completions, answers=("4",), verifier="number", key_id="k1"):
    return pl.DataFrame(
        [
            {
                "trace_id": f"t{number}",
                "problem_id": "p1",
                "completion": completion,
                "finish_reason": "stop",
                "completion_tokens": 9,
                "key_id": key_id,
                "answers": list(answers),
                "verifier": verifier,
                "spec": None,
            }
            for number, completion in enumerate(completions)
        ]
    )


def own(name, decide, needs_key=False):
    return Asked(Check(name, 1, decide=decide, needs_key=needs_key), {})


def said(asked, frame):
    verdicts = judge_with(asked, "run-1")(frame)
    return verdicts.select("trace_id", "check_name", "outcome", "reason").rows()


def test_every_check_speaks_of_every_trace():
    frame = traces("<think>2 + 2</think>4", "<think>2 + 2</think>5", "4")
    assert said(ask(["answer", "format"], {}, None), frame) == [
        ("t0", "answer", "pass", None),
        ("t0", "format", "pass", None),
        ("t1", "answer", "fail", "wrong_value"),
        ("t1", "format", "pass", None),
        ("t2", "answer", "pass", None),
        ("t2", "format", "fail", "think_tags"),
    ]


def crash(trace, key, settings):
    raise ZeroDivisionError("oh no")


@pytest.mark.parametrize(
    ("decide", "error"),
    [
        (crash, "ZeroDivisionError: oh no"),
        (lambda trace, key, settings: trace["no such column"], "KeyError"),
        (lambda trace, key, settings: True, "returned bool, expected Finding"),
        (lambda trace, key, settings: None, "returned NoneType, expected Finding"),
        (lambda trace, key, settings: Finding("perhaps"), "expected one of pass, fail, undecided"),
        (lambda trace, key, settings: Finding.passed(score="high"), "ValueError"),
        (lambda trace, key, settings: Finding.passed(found={1, 2}), "TypeError"),
        (lambda trace, key, settings: (lambda f: f(f))(lambda f: f(f)), "RecursionError"),
    ],
)
def test_a_check_that_crashes_is_undecided_and_the_others_still_speak(decide, error):
    asked = [own("broken", decide), *ask(["format"], {}, None)]
    verdicts = judge_with(asked, "run-1")(traces("<think>a</think>b", "b"))
    assert verdicts["outcome"].to_list() == ["undecided", "pass", "undecided", "fail"]
    assert verdicts["reason"].to_list() == ["crash", None, "crash", "think_tags"]
    assert error in json.loads(verdicts["detail"][0])["error"]


def test_a_check_that_crashes_on_one_trace_still_speaks_of_the_next():
    def picky(trace, key, settings):
        return Finding.passed(score=1 / int(trace["completion"]))

    rows = said([own("picky", picky)], traces("0", "4", "four"))
    assert [row[2] for row in rows] == ["undecided", "pass", "undecided"]


def test_an_unusable_key_is_undecided_and_says_which():
    (verdict,) = judge_with(ask(["answer"], {}, None), "run-1")(traces("4", answers=["many"])).to_dicts()
    assert (verdict["outcome"], verdict["reason"], verdict["key_id"]) == ("undecided", "unusable_key", "k1")
    assert "many" in verdict["detail"]


def test_a_trace_whose_problem_has_no_key_is_undecided():
    (verdict,) = judge_with(ask(["answer"], {}, None), "run-1")(traces("4", key_id=None)).to_dicts()
    assert (verdict["outcome"], verdict["reason"], verdict["key_id"]) == ("undecided", "no_key", None)


def test_only_what_rests_on_the_key_is_bound_to_it():
    verdicts = judge_with(ask(["answer", "format"], {}, None), "run-1")(traces("4"))
    assert verdicts["key_id"].to_list() == ["k1", None]


def test_a_key_that_names_an_unknown_verifier_is_bad_input():
    with pytest.raises(BadInput, match="no verifier called 'oracle'"):
        judge_with(ask(["answer"], {}, None), "run-1")(traces("4", verifier="oracle"))


def test_settings_name_the_question_and_the_folder_does_not(tmp_path):
    (plain,) = ask(["length"], {}, None)
    (elsewhere,) = ask(["length"], {}, tmp_path)
    (shorter,) = ask(["length"], {"length": {"at_most": 5}}, None)
    assert plain.settings_hash == elsewhere.settings_hash != shorter.settings_hash


def test_a_users_check_loads_from_a_file_and_takes_its_settings(tmp_path):
    (tmp_path / "own.py").write_text(
        "from filters import Finding, check\n"
        "@check('polite', version=3, word='stupid')\n"
        "def polite(trace, key, settings):\n"
        "    rude = settings['word'] in trace['completion']\n"
        "    return Finding.fail('rude') if rude else Finding.passed()\n"
    )
    asked = ask(["own.py:polite"], {"own.py:polite": {"word": "silly"}}, tmp_path)
    assert said(asked, traces("you silly", "you stupid")) == [
        ("t0", "polite", "fail", "rude"),
        ("t1", "polite", "pass", None),
    ]
    assert asked[0].check.version == 3


def test_verdicts_can_be_committed_as_they_are(lake):
    frame = traces("<think>2 + 2</think>4", "5")
    judge = judge_with([*ask(["answer", "format"], {}, None), own("broken", crash)], "run-1")
    assert lake.commit("verdicts", judge(frame)) == 6
    # The crash may be asked about again, the rest is known.
    assert lake.commit("verdicts", judge(frame)) == 2


def test_of_no_traces_there_are_no_verdicts(lake):
    assert lake.commit("verdicts", judge_with(ask(["answer"], {}, None), "run-1")(traces())) == 0
