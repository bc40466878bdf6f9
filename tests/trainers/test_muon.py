import torch
from transformers import AutoModelForCausalLM

from trainers.muon import Muon


def test_matrices_inside_the_layers_go_to_muon_and_everything_once(tiny_model):
    model = AutoModelForCausalLM.from_pretrained(tiny_model)
    matrices, rest = (part.param_groups[0]["params"] for part in Muon(model, 1e-3, 0.01).parts)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    assert {names[id(p)].split(".")[-2] for p in matrices} == {
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
    }  # fmt: skip
    assert "model.embed_tokens.weight" in {names[id(p)] for p in rest}
    assert sorted(map(id, [*matrices, *rest])) == sorted(names)


def test_a_schedule_reaches_both_parts(tiny_model):
    optimizer = Muon(AutoModelForCausalLM.from_pretrained(tiny_model), 1e-3, 0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5**step)
    assert [part.param_groups[0]["lr"] for part in optimizer.parts] == [2e-3, 1e-3]
    optimizer.step()
    schedule.step()
    assert [part.param_groups[0]["lr"] for part in optimizer.parts] == [1e-3, 5e-4]


def test_it_lowers_a_loss(tiny_model):
    model = AutoModelForCausalLM.from_pretrained(tiny_model)
    optimizer, ids = Muon(model, 1e-2, 0.0), torch.arange(40).reshape(2, 20)
    losses = []
    for _ in range(30):
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] / 2
