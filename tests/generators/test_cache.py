import torch
from transformers import AutoModelForCausalLM, DynamicCache
from transformers.cache_utils import DynamicLayer

from generators.teachers.cache import ROOM, RoomyLayer, fresh_cache


def test_it_holds_what_the_stock_layer_holds_however_much_comes():
    stock, roomy = DynamicLayer(), RoomyLayer()
    for more in (5, 1, 1, ROOM, 1, 2 * ROOM, 1):
        keys, values = torch.randn(2, 3, more, 4), torch.randn(2, 3, more, 4)
        expected, found = stock.update(keys, values), roomy.update(keys, values)
        assert torch.equal(found[0], expected[0])
        assert torch.equal(found[1], expected[1])
        assert roomy.get_seq_length() == stock.get_seq_length()


def test_room_is_made_now_and_then_and_not_for_every_token():
    layer, buffers = RoomyLayer(), set()
    kept = []
    for _ in range(3 * ROOM):
        layer.update(torch.zeros(1, 1, 1, 2), torch.zeros(1, 1, 1, 2))
        buffers.add(id(layer.buffers[0]))
        kept.append(layer.buffers)  # so that no id is used again
    assert len(buffers) == 3


def test_a_model_says_the_same_with_it(tiny_model):
    model = AutoModelForCausalLM.from_pretrained(tiny_model)
    ids = torch.randint(10, 1000, (3, 7))
    said = [
        model.generate(
            ids, max_new_tokens=90, min_new_tokens=90, do_sample=False, past_key_values=cache, pad_token_id=0
        )
        for cache in (DynamicCache(config=model.config), fresh_cache(model.config))
    ]
    assert torch.equal(*said)


def test_sliding_windows_stay_as_they_are():
    from transformers import Gemma3TextConfig

    config = Gemma3TextConfig(num_hidden_layers=6, sliding_window=16)
    stock = [type(layer) for layer in DynamicCache(config=config).layers]
    assert [type(layer) for layer in fresh_cache(config).layers] == [
        RoomyLayer if layer is DynamicLayer else layer for layer in stock
    ]
    assert len(set(stock)) == 2
