"""Requests, and a model that answers them: what the tests of backends share."""

from warehouse.records import Request

# Of several lengths, so that a batch of them is padded.
PROMPTS = [f"{'Please. ' * (n % 4)}{n}?" for n in range(24)]


def requests(prompts, temperature=1.0, max_tokens=40, samples=1, **shape):
    return [
        Request(
            problem_id=prompt,
            messages=(("user", prompt),),
            model="tiny",
            weights="w",
            prompt_style="plain@1",
            asked="plain",
            sample_index=sample,
            temperature=temperature,
            max_tokens=max_tokens,
            **shape,
        )
        for sample in range(samples)
        for prompt in prompts
    ]


def texts(completions):
    return {completion.request: completion.text for completion in completions}


def wandering(tiny_model, out, config):
    """A model with wild weights and many end tokens: its answers wander and end at many lengths."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config)
    model.generation_config.eos_token_id = list(range(tokenizer.eos_token_id, len(tokenizer), 20))
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    return out
