"""vLLM's real engine over small models, on whatever device there is."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap

import psutil
import pytest
from asking import PROMPTS, requests, texts, wandering

from generators.teachers import Teacher, complete_with
from warehouse.errors import ModelError, RunFailed
from warehouse.records import Failure
from warehouse.weights import SHIPPED

pytestmark = pytest.mark.vllm
CONTEXT = 256
PUZZLES = [
    "Calculate 22 using all of these numbers: 11, 22, 11.",
    "Solve for x: 3*x + 4 = 10",
    "Simplify the fraction 12/18 to its lowest terms.",
    "Using all the numbers 3, 22, 18, create an expression that equals 37.",
]


@pytest.fixture(scope="module", autouse=True)
def little_memory():
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("VLLM_CPU_KVCACHE_SPACE", "1")  # GB; the more, the longer it takes to load
        yield


@pytest.fixture(scope="module")
def growing(tmp_path_factory):
    """Answers that end at many lengths; heads as wide as vLLM's attention on a CPU wants them."""
    from transformers import AutoConfig

    from trainers.scratch import Architecture, create

    shape = Architecture(vocabulary=1400, hidden=64, layers=1, heads=2, kv_heads=1, intermediate=64, context=CONTEXT)
    text = ["<think>\nI need 10. Try 3 + 7 = 10 yes!\n</think>\n\n(3 + 7)", "Solve for x: 3*x + 4 = 10"] * 4
    calm = create(text, tmp_path_factory.mktemp("calm") / "tiny", shape)
    config = AutoConfig.from_pretrained(calm)
    config.tie_word_embeddings, config.initializer_range = False, 0.5
    return wandering(calm, tmp_path_factory.mktemp("growing"), config)


def teacher(path, backend="vllm", **options):
    return complete_with(backend, Teacher("tiny", str(path), "w", {"dtype": "float32", **options}))


@pytest.fixture(scope="module")
def loaded(growing):
    """An engine that is loaded once for all tests of what it says."""
    complete = teacher(growing, max_num_seqs=8)
    yield complete
    complete.close()


def tokens(path, text):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(path)(text, add_special_tokens=False)["input_ids"]


def variant(path, out, **files):
    """A copy of a model with some JSON files changed."""
    shutil.copytree(path, out)
    for name, change in files.items():
        file = out / f"{name}.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | change))
    return out


def test_each_request_is_answered_exactly_once(loaded):
    asked = requests(PROMPTS, max_tokens=20)
    completions = list(loaded(asked))
    assert sorted(c.request.trace_id for c in completions) == sorted(request.trace_id for request in asked)


def test_more_prompts_than_one_step_can_read_are_all_answered(growing):
    complete = teacher(growing, max_num_seqs=256)
    asked = requests([f"{'17 ' * 40}{n}?" for n in range(120)], max_tokens=3)
    completions = list(complete(asked))
    limit = complete.engine.vllm_config.scheduler_config.max_num_batched_tokens
    assert sum(completion.prompt_tokens for completion in completions) > limit
    assert len(completions) == len(asked)
    complete.close()


def test_a_prompt_is_read_once_for_all_its_samples(loaded, monkeypatch):
    prompt = "17 " * 80  # 160 tokens; vLLM shares whole blocks, on a CPU of 128
    cached, step = [], loaded.step
    monkeypatch.setattr(loaded, "step", lambda: [cached.append(o.num_cached_tokens) or o for o in step()])
    list(loaded(requests([prompt], samples=4, max_tokens=1)))
    assert sorted(cached)[1:] == [128] * 3


def test_no_request_gives_no_completion_and_loads_nothing(growing):
    complete = teacher(growing)
    assert list(complete([])) == []
    assert complete.engine is None


def test_answers_come_as_they_finish(loaded):
    slow, fast = requests(["1?"], max_tokens=100, temperature=0.0), requests(["2?"], max_tokens=1)
    assert [completion.request for completion in loaded([*slow, *fast])] == [*fast, *slow]


def test_an_answer_ends_at_the_end_token_or_at_the_token_limit(loaded):
    completions = list(loaded(requests(PROMPTS, max_tokens=30, samples=4)))
    assert {completion.finish_reason for completion in completions} == {"stop", "length"}
    for completion in completions:
        assert completion.completion_tokens <= 30
        assert completion.finish_reason == "stop" or completion.completion_tokens == 30


def test_each_request_has_its_own_token_limit(loaded):
    asked = [requests([prompt], max_tokens=limit)[0] for limit, prompt in enumerate(PROMPTS, start=1)]
    for completion in loaded(asked):
        limit = completion.request.max_tokens
        assert completion.completion_tokens <= limit
        assert completion.finish_reason == "stop" or completion.completion_tokens == limit


def test_tokens_and_seconds_are_counted(loaded, growing):
    for completion in loaded(requests(PROMPTS)):
        prompt = f"<|user|>{completion.request.messages[0][1]}<|assistant|>"
        assert completion.prompt_tokens == len(tokens(growing, prompt))
        assert completion.completion_tokens > 0
        assert completion.seconds > 0
        assert completion.engine.startswith("vllm ")


def test_the_seconds_of_all_answers_are_the_steps_of_the_engine(loaded, monkeypatch):
    clock = iter(range(100_000))
    monkeypatch.setattr("generators.teachers.vllm.time.perf_counter", lambda: next(clock))
    steps = []
    monkeypatch.setattr(loaded, "step", lambda step=loaded.step: steps.append(1) or step())
    completions = list(loaded(requests(PROMPTS, max_tokens=20)))
    assert sum(completion.seconds for completion in completions) == pytest.approx(len(steps))


def test_the_same_requests_are_answered_with_the_same_texts(loaded):
    asked = requests(PROMPTS, samples=2)
    again = texts(loaded(asked))
    same = [text == again[request] for request, text in texts(loaded(asked)).items()]
    assert sum(same) > 0.8 * len(same)  # not all: what stands beside it in a batch may round it differently


def test_samples_of_one_problem_differ(loaded):
    assert len(set(texts(loaded(requests(["8?"], samples=8))).values())) > 1


def test_almost_no_top_p_is_greedy(loaded):
    greedy = texts(loaded(requests(PROMPTS, temperature=0.0)))
    assert list(greedy.values()) == list(texts(loaded(requests(PROMPTS, top_p=1e-6))).values())


@pytest.mark.parametrize("model", ["growing", "nano-teacher"])
def test_greedy_answers_are_those_of_the_transformers_backend(model, request):
    path = SHIPPED / model if model == "nano-teacher" else request.getfixturevalue(model)
    asked = requests(PUZZLES if model == "nano-teacher" else PROMPTS, temperature=0.0, max_tokens=100)
    ours, theirs = teacher(path), teacher(path, "transformers")
    found = {completion.request: completion for completion in ours(asked)}
    assert "stop" in {completion.finish_reason for completion in found.values()}
    for there in theirs(asked):
        here = found[there.request]
        assert (here.text, here.finish_reason) == (there.text, there.finish_reason)
        assert (here.prompt_tokens, here.completion_tokens) == (there.prompt_tokens, there.completion_tokens)
    ours.close()


def test_what_a_checkpoint_wishes_of_sampling_gives_way_to_the_request_but_its_end_tokens_count(growing, tmp_path):
    wishes = {"repetition_penalty": 5.0, "do_sample": True, "top_k": 1, "temperature": 0.1}
    asked = requests(PROMPTS, temperature=0.0)
    plain, wishful = teacher(growing), teacher(variant(growing, tmp_path / "wishful", generation_config=wishes))
    expected = texts(plain(asked))
    assert texts(wishful(asked)) == expected
    one = {"eos_token_id": json.loads((growing / "generation_config.json").read_text())["eos_token_id"][0]}
    patient = teacher(variant(growing, tmp_path / "patient", generation_config=one))
    assert sum(map(len, texts(patient(asked)).values())) > sum(map(len, expected.values()))
    patient.close()


def test_an_answer_that_fills_the_context_ends_there(loaded):
    completions = list(loaded(requests(["17 " * n + "?" for n in (3, 60, 110)], max_tokens=10_000, samples=8)))
    lengths = [c.prompt_tokens + c.completion_tokens for c in completions if c.finish_reason == "length"]
    assert lengths
    assert set(lengths) == {CONTEXT}


def test_a_prompt_that_fills_the_context_is_a_failure_and_spoils_no_other(loaded):
    short, long = requests(["2?", "17 " * 200], max_tokens=10, temperature=0.0)
    found = {outcome.request: outcome for outcome in loaded([long, short])}
    assert isinstance(found[long], Failure)
    assert found[long].reason == "prompt_too_long"
    assert f"the context holds {CONTEXT}" in found[long].detail
    assert found[short].text == next(loaded([short])).text


def test_a_request_that_the_engine_refuses_is_a_failure_and_spoils_no_other(loaded):
    good, bad = requests(["2?"], temperature=0.0)[0], requests(["3?"], top_p=1.5)[0]
    found = {outcome.request: outcome for outcome in loaded([bad, good])}
    assert found[bad].reason == "rejected"
    assert "top_p" in found[bad].detail
    assert found[good].text


def test_a_caller_that_stops_early_leaves_nothing_in_the_engine(loaded):
    asked = requests(PROMPTS, max_tokens=60)
    answers = loaded(asked)
    next(answers)
    assert loaded.engine.has_unfinished_requests()
    answers.close()
    assert not loaded.engine.has_unfinished_requests()
    assert len(list(loaded(asked))) == len(asked)


def test_a_call_that_was_left_midway_ends_when_the_next_begins(loaded):
    left, asked = loaded(requests(PROMPTS, max_tokens=60)), requests(["2?"], max_tokens=60)
    next(left)
    assert [completion.request for completion in loaded(asked)] == asked
    assert list(left) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("out of memory")])
def test_an_engine_that_is_stopped_in_midstep_is_let_go_and_the_next_call_loads_anew(growing, monkeypatch, error):
    complete = teacher(growing)
    asked = requests(PROMPTS, max_tokens=60)
    first = complete(asked)
    next(first)
    broken = pytest.raises(RunFailed, match=r"models\.tiny: .*out of memory; lower options\.gpu_memory_utilization")
    with monkeypatch.context() as patched, broken if isinstance(error, Exception) else pytest.raises(KeyboardInterrupt):
        patched.setattr(complete.engine, "step", lambda: (_ for _ in ()).throw(error))
        list(first)
    assert complete.engine is None
    assert len(list(complete(asked))) == len(asked)
    complete.close()


def test_close_gives_the_memory_back_and_the_next_call_loads_again(growing):
    complete, asked = teacher(growing), requests(PROMPTS, temperature=0.0)
    before = texts(complete(asked))
    held = psutil.Process().memory_info().rss
    complete.close()
    assert psutil.Process().memory_info().rss < held - 100e6
    complete.close()
    assert texts(complete(asked)) == before
    complete.close()


def test_of_two_teachers_the_one_that_is_asked_is_loaded(growing):
    one, two = teacher(growing), teacher(growing)
    asked = requests(PROMPTS, temperature=0.0)
    left = one(asked)
    next(left)
    assert len(texts(two(asked))) == len(asked)
    assert one.engine is None
    assert list(left) == []
    assert texts(one(asked)) == texts(two(asked))
    two.close()


def test_loading_leaves_the_process_as_it_was(loaded):
    import torch

    list(loaded(requests(["2?"])))
    assert "LD_PRELOAD" not in os.environ
    assert "LOCAL_WORLD_SIZE" not in os.environ
    assert torch.set_num_threads.__module__ != "vllm.v1.worker.cpu_worker"


def test_thinking_that_the_chat_template_opens_is_part_of_the_answer(growing, tmp_path):
    opened = shutil.copytree(growing, tmp_path / "opened")
    template = (opened / "chat_template.jinja").read_text()
    before, after = "add_generation_prompt -%}<|assistant|>", "add_generation_prompt -%}<|assistant|><think>{{ '\\n' }}"
    assert before in template
    (opened / "chat_template.jinja").write_text(template.replace(before, after))
    complete = teacher(opened)
    (answer,) = complete(requests(["Why?"], max_tokens=4))
    complete.close()
    assert answer.text.startswith("<think>\n")


def test_a_folder_with_damaged_weights_is_refused_and_another_model_loads_after(growing, tmp_path):
    broken = shutil.copytree(growing, tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError, match=r"models\.tiny: .*broken does not load with vLLM"):
        list(teacher(broken)(requests(["2?"])))
    complete = teacher(growing)
    assert list(complete(requests(["2?"])))
    complete.close()


def test_a_model_without_a_chat_template_is_refused_with_the_remedy(growing, tmp_path):
    bare = shutil.copytree(growing, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    with pytest.raises(ModelError, match=r"has no chat template; add a chat_template\.jinja"):
        list(teacher(bare)(requests(["2?"])))


def test_an_option_that_vllm_does_not_know_is_refused_by_vllm_in_its_own_words(growing):
    with pytest.raises(ModelError, match=r"models\.tiny: .* does not load with vLLM: .*fp7"):
        list(teacher(growing, kv_cache_dtype="fp7")(requests(["2?"])))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_process_leaves_no_engine_behind(growing):
    code = f"""
        import sys
        sys.path.insert(0, "tests/support")
        from asking import PROMPTS, requests
        from generators.teachers import Teacher, complete_with

        answers = complete_with("vllm", Teacher("tiny", {str(growing)!r}, "w"))(requests(PROMPTS, max_tokens=100))
        next(answers)
        print("going", flush=True)
        for _ in answers:
            input()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "going\n"
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert psutil.wait_procs(children, timeout=20)[1] == []
