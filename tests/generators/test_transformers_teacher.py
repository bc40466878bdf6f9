import json
import shutil

import pytest
import torch
from asking import PROMPTS, requests, texts, wandering
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, Gemma3TextConfig, GPT2Config, GPT2LMHeadModel

from generators.teachers import Teacher, complete_with
from warehouse.errors import BadInput, ModelError
from warehouse.records import Failure

CONTEXT = 128


@pytest.fixture(scope="module")
def growing(tiny_model, tmp_path_factory):
    config = AutoConfig.from_pretrained(tiny_model)
    config.tie_word_embeddings, config.initializer_range = False, 0.5
    return wandering(tiny_model, tmp_path_factory.mktemp("growing"), config)


@pytest.fixture(scope="module")
def sliding(tiny_model, tmp_path_factory):
    """Its cache forgets: it is not decoded in slots."""
    config = Gemma3TextConfig(
        vocab_size=len(AutoTokenizer.from_pretrained(tiny_model)),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        sliding_window=16,
        layer_types=["sliding_attention", "full_attention"],
        max_position_embeddings=CONTEXT,
        initializer_range=0.5,
        tie_word_embeddings=False,
    )
    return wandering(tiny_model, tmp_path_factory.mktemp("sliding"), config)


@pytest.fixture(params=["growing", "sliding"])
def restless(request):
    return request.getfixturevalue(request.param)


def teacher(path, **options):
    return complete_with("transformers", Teacher("tiny", str(path), "w", {"dtype": "float32", **options}))


def tokens(path, text):
    return AutoTokenizer.from_pretrained(path)(text, add_special_tokens=False)["input_ids"]


@pytest.mark.parametrize("batch_size", [1, 5, 256])
def test_each_request_is_answered_exactly_once_whatever_the_batch_size(restless, batch_size):
    asked = requests(PROMPTS, max_tokens=20)
    completions = list(teacher(restless, batch_size=batch_size)(asked))
    assert sorted(c.request.trace_id for c in completions) == sorted(request.trace_id for request in asked)


def test_no_request_gives_no_completion(restless):
    assert list(teacher(restless)([])) == []


def test_an_answer_ends_at_the_end_token_or_at_the_token_limit(restless):
    completions = list(teacher(restless)(requests(PROMPTS, max_tokens=30, samples=4)))
    assert {completion.finish_reason for completion in completions} == {"stop", "length"}
    for completion in completions:
        if completion.finish_reason == "length":
            assert completion.completion_tokens == 30
        else:
            assert completion.completion_tokens <= 30


def test_each_request_has_its_own_token_limit(restless):
    asked = [requests([prompt], max_tokens=limit)[0] for limit, prompt in enumerate(PROMPTS, start=1)]
    completions = list(teacher(restless)(asked))
    assert len(completions) == len(asked)
    for completion in completions:
        limit = completion.request.max_tokens
        assert completion.completion_tokens <= limit
        assert completion.finish_reason == "stop" or completion.completion_tokens == limit


def test_tokens_and_seconds_are_counted(restless):
    for completion in teacher(restless)(requests(PROMPTS)):
        prompt = f"<|user|>{completion.request.messages[0][1]}<|assistant|>"
        assert completion.prompt_tokens == len(tokens(restless, prompt))
        assert completion.completion_tokens > 0
        assert completion.seconds > 0
        assert completion.engine.startswith("transformers ")


def test_the_same_requests_are_answered_with_the_same_texts(restless):
    asked = requests(PROMPTS, samples=2)
    assert texts(teacher(restless)(asked)) == texts(teacher(restless)(asked))


def test_what_is_sampled_does_not_hang_on_what_is_sampled_beside_it(growing):
    asked = requests(PROMPTS, samples=2)
    together = texts(teacher(growing)(asked))
    for other in (teacher(growing, batch_size=3)(asked), teacher(growing)(asked[:9])):
        same = [text == together[request] for request, text in texts(other).items()]
        assert sum(same) > 0.8 * len(same)  # not all: batches of another shape round differently


def test_samples_of_one_problem_differ(restless):
    assert len(set(texts(teacher(restless)(requests(["8?"], samples=8))).values())) > 1


def test_greedy_answers_of_a_padded_batch_are_those_of_each_prompt_alone(restless):
    model, tokenizer = AutoModelForCausalLM.from_pretrained(restless), AutoTokenizer.from_pretrained(restless)
    completions = list(teacher(restless)(requests(PROMPTS, temperature=0.0)))
    assert {completion.finish_reason for completion in completions} == {"stop", "length"}
    for completion in completions:
        ids = tokenizer.apply_chat_template(
            [{"role": "user", "content": completion.request.messages[0][1]}],
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        )
        alone = model.generate(**ids, max_new_tokens=40, do_sample=False)[0, ids["input_ids"].shape[1] :].tolist()
        ended = alone[-1] in model.generation_config.eos_token_id
        assert completion.finish_reason == ("stop" if ended else "length")
        assert completion.completion_tokens == len(alone)
        assert completion.text == tokenizer.decode(alone[:-1] if ended else alone)


def test_what_a_checkpoint_wishes_of_sampling_gives_way_to_the_request(restless, tmp_path):
    wishful = shutil.copytree(restless, tmp_path / "wishful")
    file = wishful / "generation_config.json"
    wishes = {"repetition_penalty": 5.0, "no_repeat_ngram_size": 2, "do_sample": True, "top_k": 1}
    file.write_text(json.dumps(json.loads(file.read_text()) | wishes))
    asked = requests(PROMPTS)
    assert texts(teacher(wishful)(asked)) == texts(teacher(restless)(asked))


def test_logits_that_are_not_numbers_stop_it_with_the_remedy(growing, tmp_path):
    model = AutoModelForCausalLM.from_pretrained(growing)
    model.get_output_embeddings().weight.data.fill_(float("nan"))
    model.save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(growing).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=r"models\.tiny: logits are not numbers.*; set options\.dtype"):
        list(teacher(tmp_path)(requests(["2?"])))


def test_greedy_and_sampled_requests_may_come_together(restless):
    greedy = requests(PROMPTS, temperature=0.0)
    together = texts(teacher(restless)([*requests(PROMPTS), *greedy]))
    assert {request: together[request] for request in greedy} == texts(teacher(restless)(greedy))


def test_almost_no_top_p_is_greedy(restless):
    greedy = texts(teacher(restless)(requests(PROMPTS, temperature=0.0)))
    narrow = texts(teacher(restless)(requests(PROMPTS, top_p=1e-6)))
    assert list(greedy.values()) == list(narrow.values())


@pytest.fixture(scope="module")
def places(tiny_model, tmp_path_factory):
    """A model with learned positions: it has none beyond its context."""
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=CONTEXT,
        n_embd=16,
        n_layer=1,
        n_head=2,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
    )
    out = tmp_path_factory.mktemp("places")
    GPT2LMHeadModel(config).save_pretrained(out)
    tokenizer.save_pretrained(out)
    return out


@pytest.mark.parametrize("model", ["tiny_model", "places"])
def test_an_answer_that_fills_the_context_ends_there(model, request):
    path = request.getfixturevalue(model)
    completions = list(teacher(path)(requests(["17 " * n + "?" for n in (3, 20, 40)], max_tokens=10_000)))
    assert len(completions) == 3
    assert "length" in {completion.finish_reason for completion in completions}
    for completion in completions:
        if completion.finish_reason == "length":
            assert completion.prompt_tokens + completion.completion_tokens == CONTEXT


@pytest.mark.parametrize("model", ["tiny_model", "places"])
def test_a_prompt_that_fills_the_context_is_a_failure_and_spoils_no_other(model, request):
    path = request.getfixturevalue(model)
    short, long = requests(["2?", "17 " * 200], max_tokens=10, temperature=0.0)
    found = {outcome.request: outcome for outcome in teacher(path)([short, long])}
    assert isinstance(found[long], Failure)
    assert found[long].reason == "prompt_too_long"
    assert found[long].detail.endswith(f"{CONTEXT} of context")
    assert found[short].text == next(teacher(path)([short])).text


def test_a_missing_folder_is_refused_by_model_and_path(tmp_path):
    with pytest.raises(ModelError, match=r"models\.tiny: .*nowhere does not load"):
        list(teacher(tmp_path / "nowhere")(requests(["2?"])))


def test_a_folder_without_weights_is_refused(tiny_model, tmp_path):
    bare = shutil.copytree(tiny_model, tmp_path / "bare")
    (bare / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"models\.tiny: .* does not load"):
        list(teacher(bare)(requests(["2?"])))


def test_a_model_without_a_chat_template_is_refused_with_the_remedy(tiny_model, tmp_path):
    bare = shutil.copytree(tiny_model, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    with pytest.raises(ModelError, match=r"has no chat template; add a chat_template\.jinja"):
        list(teacher(bare)(requests(["2?"])))


def test_messages_that_the_chat_template_refuses_are_reported_in_its_own_words(tiny_model, tmp_path):
    strict = shutil.copytree(tiny_model, tmp_path / "strict")
    (strict / "chat_template.jinja").write_text("{{ raise_exception('no system message please') }}")
    with pytest.raises(ModelError, match=r"models\.tiny: .*no system message please"):
        list(teacher(strict)(requests(["2?"])))


def test_a_folder_with_damaged_weights_is_refused(tiny_model, tmp_path):
    broken = shutil.copytree(tiny_model, tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError, match=r"models\.tiny: .*broken does not load"):
        list(teacher(broken)(requests(["2?"])))


@pytest.mark.parametrize("option", [{"dtype": "float3"}, {"device": "gpu9"}, {"batch_size": 0}, {"batch_size": "all"}])
def test_an_option_that_cannot_be_used_is_refused_by_field(tiny_model, option):
    [field] = option
    with pytest.raises(BadInput, match=rf"models\.tiny\.{field}: "):
        list(teacher(tiny_model, **option)(requests(["2?"])))


def test_an_unknown_option_is_refused_with_those_there_are():
    with pytest.raises(BadInput, match=r"models\.tiny: unknown batchsize; expected batch_size, device, dtype"):
        teacher("anywhere", batchsize=3)


def test_thinking_that_the_chat_template_opens_is_part_of_the_answer(tiny_model, tmp_path):
    out = tmp_path / "opened"
    shutil.copytree(tiny_model, out)
    template = (out / "chat_template.jinja").read_text()
    opened = template.replace(
        "add_generation_prompt -%}<|assistant|>", "add_generation_prompt -%}<|assistant|><think>{{ '\\n' }}"
    )
    assert opened != template
    (out / "chat_template.jinja").write_text(opened)
    (answer,) = teacher(out)(requests(["Why?"], max_tokens=4))
    assert answer.text.startswith("<think>\n")
