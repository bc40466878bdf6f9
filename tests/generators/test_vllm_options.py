"""What the vLLM backend says of its options, and of a machine without vLLM: no engine is loaded for it."""

import sys

import pytest
from asking import requests

from generators.teachers import Teacher, complete_with
from warehouse.errors import BadInput, ModelError


def teacher(**options):
    return complete_with("vllm", Teacher("tiny", "some/model", "w", options))


def test_an_unknown_option_is_refused_with_those_there_are():
    with pytest.raises(BadInput, match=r"models\.tiny: unknown batch_size; expected tensor_parallel_size, .*dtype"):
        teacher(batch_size=3)


@pytest.mark.parametrize(
    "option",
    [
        {"tensor_parallel_size": 0},
        {"tensor_parallel_size": True},
        {"gpu_memory_utilization": 90},
        {"max_model_len": "4k"},
        {"max_num_seqs": 0.5},
        {"dtype": "float3"},
        {"enforce_eager": "yes"},
        {"quantization": 4},
    ],
)
def test_an_option_that_cannot_be_used_is_refused_by_field(option):
    [(field, value)] = option.items()
    with pytest.raises(BadInput, match=rf"models\.tiny\.{field}: {value!r}; .+"):
        teacher(**option)


def test_replicas_are_referred_to_a_server():
    with pytest.raises(BadInput, match=r"vllm serve some/model --data-parallel-size 4 and use the openai backend"):
        teacher(data_parallel_size=4)


def test_without_vllm_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(ModelError, match=r'not installed here: pip install "thoughtmill\[train,vllm\]"'):
        list(teacher()(requests(["2?"])))
