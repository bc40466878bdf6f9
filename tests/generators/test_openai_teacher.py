import asyncio
import gc
import json
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from stand_in import stand_in

from generators.teachers import Teacher, complete_with
from generators.teachers.endpoint import Endpoint
from generators.teachers.pace import Pace
from generators.teachers.reply import Reply, Trouble, inline, read, refusal, seconds_of
from warehouse.errors import BadInput, ModelError
from warehouse.records import Completion, Failure, Request


@pytest.fixture(scope="module")
def process():
    with stand_in() as server:
        yield server


@pytest.fixture
def server(process):
    """A server that behaves, until it is told otherwise."""
    process.calm()
    return process


def teacher(*urls, **options):
    options = {"url": list(urls), "timeout": 5.0, "patience": 5.0} | options
    return complete_with("openai", Teacher("ada", "some/model", "w", options))


def asking(count, prompt="What is {}?"):
    return [
        Request(f"p{n} {prompt}", (("user", prompt.format(n)),), "ada", "w", "plain@1", "a", max_tokens=64)
        for n in range(count)
    ]


def nobody():
    """The address of a server that is not there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


def test_every_request_is_answered_by_what_the_server_said(server):
    requests = asking(50)
    came = list(teacher(server.url)(requests))
    assert {one.request for one in came} == set(requests)
    one = came[0]
    assert isinstance(one, Completion)
    assert f"Seed {one.request.seed}:" in one.text
    assert (one.finish_reason, one.prompt_tokens, one.cost) == ("stop", len(one.request.messages[0][1]) // 4, None)
    assert one.seconds > 0


def test_seconds_add_up_to_the_time_that_the_server_was_at_work(server):
    server.behave(delay=0.2)
    began = time.monotonic()
    came = list(teacher(server.url)(asking(16)))
    assert 0.2 <= sum(one.seconds for one in came) <= time.monotonic() - began


def test_money_is_counted_per_million_tokens(server):
    (one,) = teacher(server.url, price={"input": 1.0, "output": 4.0})(asking(1))
    assert one.cost == pytest.approx((one.prompt_tokens + 4 * one.completion_tokens) / 1e6)


def test_a_request_says_what_the_body_adds_and_names_its_limit_as_told(server):
    list(teacher(server.url, limit_field="max_completion_tokens", body={"top_k": 20, "x": {"y": [1]}})(asking(1)))
    said = server.counts()["last"]
    assert (said["max_completion_tokens"], said["top_k"], said["x"]) == (64, 20, {"y": [1]})
    assert "max_tokens" not in said


def test_what_a_style_tells_the_chat_template_goes_to_the_server(server):
    (asked,) = asking(1)
    known = {"chat_template_kwargs": {"tools": "none"}}
    list(teacher(server.url, body=known)([replace(asked, template={"enable_thinking": False})]))
    assert server.counts()["last"]["chat_template_kwargs"] == {"tools": "none", "enable_thinking": False}
    list(teacher(server.url)([asked]))
    assert "chat_template_kwargs" not in server.counts()["last"]


@pytest.mark.parametrize("fault", ["error", "reset", "half", "empty", "blank"])
def test_what_goes_wrong_now_and_then_is_tried_again(server, fault):
    server.behave(**{fault: 0.3})
    came = list(teacher(server.url, attempts=20)(asking(40)))
    assert sum(isinstance(one, Completion) for one in came) == len(came) == 40


def test_choices_beyond_the_one_asked_for_are_left_alone(server):
    server.behave(several=1.0)
    assert [type(one) for one in teacher(server.url)(asking(3))] == [Completion] * 3


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("error", "server_error"),
        ("reset", "disconnected"),
        ("half", "garbled"),
        ("empty", "empty"),
        ("slow", "timeout"),
        ("flood", "garbled"),
    ],
)
def test_what_never_comes_right_is_a_failure_with_its_reason(server, fault, reason):
    server.behave(**{fault: 1.0})
    timeout = 60.0 if fault == "flood" else 0.5
    (one,) = teacher(server.url, attempts=2, timeout=timeout)(asking(1))
    assert isinstance(one, Failure)
    assert (one.reason, one.attempts) == (reason, 2)


def test_a_poisoned_prompt_fails_alone_and_is_not_asked_again(server):
    poisoned = asking(1, "poison {}")
    came = list(teacher(server.url)(asking(30) + poisoned + asking(1, "endless {}")))
    assert sorted(one.reason for one in came if isinstance(one, Failure)) == ["prompt_too_long", "rejected"]
    assert len(came) == 32
    assert server.counts()["asked"][poisoned[0].trace_id] == 1


def test_a_storm_of_429_is_waited_out(server):
    server.behave(busy=0.5)
    came = list(teacher(server.url, attempts=1, patience=60.0)(asking(60)))
    assert [type(one) for one in came] == [Completion] * 60


def test_a_server_that_takes_few_at_once_gets_few_at_once(server):
    server.behave(capacity=4, delay=0.02, retry_after=0.05)
    complete = teacher(server.url, concurrency=64)
    assert len([one for one in complete(asking(300)) if isinstance(one, Completion)]) == 300
    refused = server.counts()["statuses"]["429"]
    list(complete(asking(300)))
    assert server.counts()["statuses"]["429"] - refused < 100


def test_a_refusal_among_many_answers_closes_no_server_and_a_storm_does():
    endpoint = Endpoint("http://host/v1", "m", None, Pace(64))
    for second in range(50):
        endpoint.note(Reply("x", "stop", 1, 1, 0), float(second))
    endpoint.note(Trouble("rate_limited", "429", busy=True), 50.0)
    assert endpoint.room(50.0) == endpoint.pace.limit
    for _ in range(50):
        endpoint.note(Trouble("rate_limited", "429", busy=True), 51.0)
    assert endpoint.room(51.0) <= 1


def test_a_server_that_stays_away_is_spoken_of_once_and_once_more_when_it_is_back(caplog):
    endpoint = Endpoint("http://host/v1", "m", None, Pace(64))
    gone = Trouble("unreachable", "http://host/v1: connection refused", down=True)
    for now in range(0, 90, 3):
        endpoint.note(gone, float(now))
    assert [record.message for record in caplog.records] == [
        "no answer for 33 s, trying on: http://host/v1: connection refused"
    ]
    for now in (90.0, 91.0):
        endpoint.note(Reply("4", "stop", 1, 1, 0), now)
    assert [record.message for record in caplog.records[1:]] == ["http://host/v1 answers again"]


def test_a_server_that_shuts_us_out_is_spoken_of_once_however_many_were_in_flight(caplog):
    endpoint = Endpoint("http://host/v1", "m", None, Pace(64))
    for _ in range(5):
        endpoint.note(Trouble("rejected", "http://host/v1 answers 401: no", shut=True), 1.0)
    assert [record.message for record in caplog.records] == [
        "nothing more is asked of a server: http://host/v1 answers 401: no"
    ]


def test_a_place_that_was_there_may_come_back(server):
    complete = teacher(server.url, attempts=1, patience=30.0)
    list(complete(asking(1)))
    server.behave(gone=0.5)
    assert [type(one) for one in complete(asking(20, "again {}"))] == [Completion] * 20


def test_a_place_that_does_not_come_back_fails_what_waits_for_it(server):
    complete = teacher(server.url, attempts=1, patience=0.2)
    list(complete(asking(1)))
    server.behave(gone=1.0)
    came = list(complete(asking(20, "again {}")))
    assert [(type(one), one.reason) for one in came] == [(Failure, "unreachable")] * 20


def test_retry_after_is_heeded(server):
    server.behave(busy=1.0, retry_after=30)
    (one,) = teacher(server.url, patience=5.0)(asking(1))
    assert (one.reason, one.attempts) == ("rate_limited", 1)


def test_two_of_three_servers_do_when_the_third_is_dead(server):
    with stand_in() as second:
        came = list(teacher(server.url, nobody(), second.url, attempts=1)(asking(200)))
        assert [type(one) for one in came] == [Completion] * 200
        assert sum(second.counts()["answered"].values()) > 20


def test_a_server_that_comes_back_is_used_again():
    with stand_in() as server:
        port = int(server.root.rpartition(":")[2])
        complete = teacher(server.url, patience=60.0)
        assert isinstance(next(iter(complete(asking(1)))), Completion)
    answers = complete(asking(20, "again {}"))
    with stand_in(port):
        assert [type(one) for one in answers] == [Completion] * 20


def test_without_any_server_all_requests_fail_soon():
    complete = teacher(nobody(), patience=0.2)
    for _ in range(2):
        came = list(complete(asking(1000)))
        assert {(type(one), one.reason) for one in came} == {(Failure, "unreachable")}
        assert len(came) == 1000


def test_who_stops_listening_leaves_nothing_running(server):
    server.behave(delay=0.3)
    answers = teacher(server.url)(asking(500))
    next(answers)
    answers.close()
    asked = sum(server.counts()["asked"].values())
    time.sleep(0.5)
    assert sum(server.counts()["asked"].values()) == asked


def test_a_caller_that_takes_its_time_makes_no_answer_late(server):
    server.behave(delay=0.2)
    came = []
    for one in teacher(server.url, timeout=1.0, concurrency=4)(asking(12)):
        came.append(one)
        if len(came) in (1, 6):
            time.sleep(1.5)
    assert {one.finish_reason for one in came} == {"stop"}
    assert sum(one.seconds for one in came) < 2.5
    assert set(server.counts()["asked"].values()) == {1}


def test_connections_that_ended_while_the_caller_took_its_time_are_not_used_again():
    with stand_in() as first:
        answers = teacher(first.url, attempts=1, concurrency=1)(asking(3))
        next(answers)
    with stand_in(int(first.root.rpartition(":")[2])):
        time.sleep(1.1)
        assert [type(one) for one in answers] == [Completion] * 2


def test_who_has_a_loop_running_may_call_as_well(server):
    async def notebook():
        complete = teacher(server.url)
        next(complete(asking(5)))
        return list(complete(asking(20)))

    assert [type(one) for one in asyncio.run(notebook())] == [Completion] * 20


class Terminated(BaseException):
    """Not an Exception, as KeyboardInterrupt is none."""


@pytest.mark.parametrize(("number", "kind"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)])
def test_a_signal_is_heard_wherever_it_falls(server, number, kind):
    def hear(*_):
        raise kind

    complete, requests, before = teacher(server.url), asking(5000), signal.signal(number, hear)
    try:
        for moment in range(25):
            gc.collect()  # a destructor in which it falls swallows any exception
            answers = complete(requests)
            next(answers)
            killer = threading.Timer(moment / 500, os.kill, (os.getpid(), number))
            with pytest.raises(kind):  # noqa: PT012 - it may fall into the first line as well
                killer.start()
                list(answers)
            killer.join()
    finally:
        signal.signal(number, before)
    assert [type(one) for one in complete(asking(20))] == [Completion] * 20


def test_an_answer_that_the_context_has_no_room_for_may_be_shorter(server):
    (one,) = teacher(server.url)(asking(1, "roomy {}"))
    assert isinstance(one, Completion)
    assert sum(server.counts()["asked"].values()) == 3  # 64, 32 and 16 tokens


def test_a_slow_server_is_waited_for_though_it_was_busy_longer_than_patience(server):
    server.behave(capacity=4, delay=1.0)
    came = list(teacher(server.url, nobody(), patience=0.5)(asking(20)))
    assert [type(one) for one in came] == [Completion] * 20


def test_what_was_paid_for_comes_even_when_the_credit_ends(server):
    server.behave(credit=12, delay=0.3)
    came = []
    with pytest.raises(ModelError, match="402"):
        came.extend(teacher(server.url)(asking(100)))
    assert sum(isinstance(one, Completion) for one in came) == sum(server.counts()["answered"].values()) == 12


def test_calls_from_two_threads_take_turns(server):
    complete = teacher(server.url, concurrency=4)
    with ThreadPoolExecutor(2) as threads:
        came = list(threads.map(lambda prompt: len(list(complete(asking(40, prompt)))), ("one {}", "two {}")))
    assert came == [40, 40]


@pytest.mark.parametrize(
    ("text", "reason", "room"),
    [
        ("This model's maximum context length is 512 tokens. However, you requested 600 tokens (400 in the messages, "
         "200 in the completion).", "limit_too_high", 112),
        ("Requested token count exceeds the model's maximum context length of 512 tokens. You requested a total of 600 "
         "tokens: 400 tokens from the input messages and 200 tokens for the completion.", "limit_too_high", 112),
        ("maximum context length is 512 tokens and your request has 900 input tokens", "prompt_too_long", None),
        ("maximum context length is 512 tokens. your request has at least 313 input tokens", "limit_too_high", 100),
        ("The response was filtered due to the content management policy", "refused", None),
        ("temperature is not supported", "rejected", None),
    ],
)  # fmt: skip
def test_the_words_of_a_400_say_what_was_wrong(text, reason, room):
    trouble = refusal(400, text.encode(), None, 200)
    assert (trouble.reason, trouble.room, trouble.lasting) == (reason, room, room is None)


def test_an_error_in_the_clothes_of_an_answer_is_an_error():
    with pytest.raises(Trouble) as error:
        read(b'{"error": {"code": 429, "message": "slow down"}}')
    assert error.value.busy


def test_thinking_that_used_up_the_limit_unseen_is_not_paid_for_again():
    body = {"choices": [{"message": {"content": None}, "finish_reason": "length"}]}
    with pytest.raises(Trouble) as error:
        read(json.dumps(body).encode())
    assert (error.value.reason, error.value.lasting) == ("empty", True)


def test_what_is_continued_does_not_begin_to_think_anew():
    assert inline({"content": "b", "reasoning": " so on\n"}, thinking=True) == " so on\n</think>\n\nb"


def test_a_wrong_key_ends_the_call_and_is_not_told(server, monkeypatch):
    monkeypatch.setenv("ADA_KEY", "very-secret-words")
    complete = teacher(f"{server.root}/no-such-place", api_key_env="ADA_KEY")
    with pytest.raises(ModelError, match="answers 404") as error:
        list(complete(asking(3)))
    assert "very-secret" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "url: field required"),
        ({"url": "localhost:8000"}, "expected http://HOST:PORT/v1"),
        ({"url": "http://me:word@host/v1"}, "without user and password"),
        ({"url": "http://[::1/v1"}, "expected http://HOST:PORT/v1"),
        ({"url": "http://:80/v1"}, "expected http://HOST:PORT/v1"),
        ({"url": "http://host/v1?key=x"}, "expected http://HOST:PORT/v1"),
        ({"url": "http://host/v1", "api_key": "x"}, "api_key: extra inputs"),
        ({"url": "http://host/v1", "api_key_env": "NOT_THERE"}, "the environment has no NOT_THERE"),
        ({"url": "http://host/v1", "concurrency": 0}, "concurrency: input should be greater than 0"),
        (
            {"url": "http://host/v1", "body": {"temperature": 0}},
            r"models\.ada\.options\.body\.temperature: Thoughtmill",
        ),
        ({"url": "http://host/v1", "body": {"stop": time}}, r"options\.body\.stop"),
        ({"url": "http://host/v1", "limit_field": "limit"}, "limit_field: input should be 'max_tokens' or"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(options, expected):
    with pytest.raises(BadInput, match=expected):
        complete_with("openai", Teacher("ada", "m", "w", options))


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": "<think>\na\n</think>\n\nb"}, "<think>\na\n</think>\n\nb"),
        ({"content": "b", "reasoning": "a"}, "<think>\na\n</think>\n\nb"),
        ({"content": "\n\nb", "reasoning_content": "\na\n"}, "<think>\na\n</think>\n\nb"),
        ({"content": None, "reasoning_content": "cut o"}, "<think>\ncut o"),
        ({"content": "b"}, "b"),
        # The chat template has opened the thinking, and nobody has parsed it.
        ({"content": "\na\n</think>\n\nb"}, "<think>\na\n</think>\n\nb"),
    ],
)
def test_thinking_from_a_field_of_its_own_is_put_back_inline(message, text):
    assert inline(message) == text


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'{"choices": 3}', b'{"choices": [{"message": {"content": [1]}, "finish_reason": "stop"}]}',
     b'{"choices": [{"message": {"content": "\\ud800"}, "finish_reason": "stop"}]}',
     b'{"choices": [{"message": {"content": "x"}, "finish_reason": "tool_calls"}]}', b"\xff\xfe"],
)  # fmt: skip
def test_junk_is_garbled(body):
    with pytest.raises(Trouble) as error:
        read(body)
    assert error.value.reason == "garbled"


def test_a_filtered_answer_is_refused_for_good():
    body = json.dumps({"choices": [{"message": {"content": "x"}, "finish_reason": "content_filter"}]})
    with pytest.raises(Trouble) as error:
        read(body.encode())
    assert (error.value.reason, error.value.lasting) == ("refused", True)


def test_retry_after_is_seconds_or_a_date():
    assert seconds_of("3.5") == 3.5
    assert seconds_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert seconds_of("soon") is None
