import numpy as np
import pyarrow as pa
import pytest
from alike import documents, reader, resembling

from filters.near import EXAMINED, Settings, Store, examine, resemblance
from filters.near.exact import jaccard
from warehouse.errors import LakeError


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "sketches", 128)


@pytest.fixture(scope="module")
def planted():
    texts = documents(600, seed=1, words=200)
    return {f"t{place:04d}": text for place, text in enumerate(texts)}


def near(store, texts, new=None, examined=None, read=None, settings=Settings()):
    new = pa.table({"id": pa.array(sorted(texts) if new is None else new, pa.string())})
    examined = examined if examined is not None else EXAMINED.empty_table()
    return examine(store, settings, read or reader(texts), new, examined)


def as_examined(*edges):
    """What the lake says of texts after some edges: each once, with its hub."""
    hubs = {}
    for row in (row for table in edges for row in table.to_pylist()):
        left = row["reason"] in ("equal", "crowded")
        hubs[row["id"]] = (row["against"], row["score"]) if left else (None, None)
    rows = [{"id": name, "against": hub, "score": score} for name, (hub, score) in hubs.items()]
    return pa.Table.from_pylist(rows, EXAMINED)


def everybody(*edges):
    """{(earlier, later) by name: score}, with what is left to a hub in the place of its hub as well."""
    rows = [row for table in edges for row in table.to_pylist()]
    equals = {row["id"]: row["against"] for row in rows if row["reason"] == "equal"}
    alike = {}
    for row in rows:
        alike.setdefault(equals.get(row["id"], row["id"]), []).append(row["id"])
    found = {}
    for members in alike.values():
        found |= {pair(one, other): 1.0 for one in members for other in members if one < other}
    for row in rows:
        if row["reason"] == "resembles":
            found |= {pair(a, b): row["score"] for a in alike[row["id"]] for b in alike[row["against"]]}
    return found


def pair(one, other):
    return (one, other) if one < other else (other, one)


def test_planted_near_duplicates_are_found_with_their_exact_similarity(store, planted):
    expected = resembling(planted)
    found = everybody(near(store, planted))
    assert len(expected) > 100
    assert len(expected.keys() & found.keys()) >= 0.99 * len(expected)
    assert found.keys() <= expected.keys()
    assert all(score == pytest.approx(expected[key], abs=1e-12) for key, score in found.items())


@pytest.mark.parametrize(("threshold", "ngram"), [(0.6, 5), (0.9, 3), (1.0, 5)])
def test_so_they_are_at_other_thresholds_and_n_grams(store, planted, threshold, ngram):
    expected = resembling(planted, threshold, ngram)
    found = everybody(near(store, planted, settings=Settings(threshold, ngram)))
    assert len(expected.keys() & found.keys()) >= 0.98 * len(expected) > 0
    assert found.keys() <= expected.keys()


def test_every_text_has_a_row_and_one_without_an_edge_has_one_of_nulls(store, planted):
    rows = near(store, planted).to_pylist()
    assert {row["id"] for row in rows} == set(planted)
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    named = {row["id"] for row in rows if row["against"]}
    lonely = [row for row in rows if not row["against"]]
    assert all(row["score"] is row["reason"] is None for row in lonely)
    assert not named & {row["id"] for row in lonely}
    assert all(row["against"] < row["id"] for row in rows if row["against"])


def test_in_which_order_and_batches_texts_are_read_does_not_matter(tmp_path, planted):
    calm = near(Store(tmp_path / "a", 128), planted)
    other = near(Store(tmp_path / "b", 128), planted, read=reader(planted, batch=7, backwards=True))
    assert calm.equals(other)


def test_batch_by_batch_is_as_at_once(tmp_path, planted):
    at_once = everybody(near(Store(tmp_path / "once", 128), planted))
    store, names, edges = Store(tmp_path / "parts", 128), sorted(planted, reverse=True), []
    for start in (0, 100, 101, 400):
        part = names[start : {0: 100, 100: 101, 101: 400, 400: 600}[start]]
        examined = as_examined(*edges) if edges else None
        edges.append(near(store, planted, sorted(part), examined))
    assert everybody(*edges) == at_once
    assert [row["id"] for table in edges for row in table.to_pylist() if row["id"] is None] == []


def test_a_later_batch_reads_of_the_earlier_ones_only_what_it_has_to_compare(tmp_path, planted):
    store, names = Store(tmp_path / "s", 128), sorted(planted)
    first = near(store, planted, names[:500])
    read = reader(planted)
    near(store, planted, names[500:], as_examined(first), read)
    assert read.count < 100 + 300
    again = reader(planted)
    near(store, {"x": "nothing like it"}, ["x"], as_examined(first), again)
    assert again.count == 0


def test_equal_texts_are_a_star_and_only_its_hub_is_compared_with_others(store):
    (base, other) = documents(2, seed=4, words=300, copies=0)
    nearly = base.replace(base.split()[20], "altogether", 1)
    texts = {f"e{number:03d}": base.upper() if number % 2 else base + "." for number in range(300)}
    texts |= {"near": nearly, "far": other}
    read = reader(texts)
    rows = near(store, texts, read=read).to_pylist()
    equal = [row for row in rows if row["reason"] == "equal"]
    assert {row["id"] for row in equal} == {f"e{number:03d}" for number in range(1, 300)}
    assert {(row["against"], row["score"]) for row in equal} == {("e000", 1.0)}
    assert [(row["id"], row["against"]) for row in rows if row["reason"] == "resembles"] == [("near", "e000")]
    assert len(rows) == 302
    assert read.count == 302 + 2


def test_a_text_that_equals_one_of_an_earlier_batch_goes_to_the_hub_of_that(tmp_path):
    store, text = Store(tmp_path / "s", 128), "one two three four five six seven"
    first = near(store, {"b": text, "c": text}, ["b", "c"])
    second = near(store, {"a": text, "b": text, "c": text}, ["a"], as_examined(first))
    assert second.to_pylist() == [{"id": "a", "against": "b", "score": 1.0, "reason": "equal"}]


def crowd(size, seed=9, words=400):
    """Texts that all resemble each other: each has one word of a common text replaced."""
    dice = np.random.default_rng(seed)
    (base,) = documents(1, seed, words, copies=0)
    made = []
    for number in range(size):
        own = base.split()
        own[int(dice.integers(len(own)))] = f"only{number}here"
        made.append(" ".join(own))
    return made


def test_a_crowd_is_left_to_its_first_and_costs_no_more_than_its_size(store):
    one, other = crowd(300), crowd(200, seed=10)
    texts = {f"a{number:03d}": text for number, text in enumerate(one)}
    texts |= {f"b{number:03d}": text for number, text in enumerate(other)}
    read = reader(texts)
    rows = near(store, texts, read=read).to_pylist()
    left = {row["id"]: row["against"] for row in rows if row["reason"] == "crowded"}
    assert all(hub[1:] == "000" and hub[0] == name[0] for name, hub in left.items())
    assert len(left) > 450
    assert len(rows) < 600
    assert read.count < 4 * 500
    score = next(row["score"] for row in rows if row["id"] == next(iter(left)))
    (name, hub), *_ = left.items()
    assert {(hub, name): score} == resembling({key: texts[key] for key in (hub, name)})


def test_up_to_a_crowd_each_is_compared_with_each(store):
    texts = {f"a{number:03d}": text for number, text in enumerate(crowd(40))}
    rows = near(store, texts).to_pylist()
    assert {row["reason"] for row in rows if row["against"]} == {"resembles"}
    assert len(rows) == 1 + 40 * 39 // 2


def test_those_who_come_later_resemble_the_hub_and_their_equals_are_left_to_it(tmp_path):
    texts = {f"a{number:03d}": text for number, text in enumerate(crowd(150))}
    store, names = Store(tmp_path / "s", 128), sorted(texts)
    first = near(store, texts, names[:100])
    one = next(row for row in first.to_pylist() if row["reason"] == "crowded")
    texts["a000x"] = texts[one["id"]].upper()
    second = near(store, texts, [*names[100:], "a000x"], as_examined(first)).to_pylist()
    assert {row["id"] for row in second if row["against"] == "a000"} == {*names[100:], "a000x"}
    assert [row for row in second if row["id"] == "a000x"] == [one | {"id": "a000x"}]


def test_a_crowd_whose_texts_are_only_partly_alike_costs_no_more_than_its_size_either(tmp_path):
    settings, rows = Settings(crowd=8), []
    for size in (100, 200):
        texts = {f"a{number:03d}": text for number, text in enumerate(crowd(size, words=60))}
        edges = near(Store(tmp_path / str(size), 128), texts, settings=settings).to_pylist()
        assert {row["id"] for row in edges} == set(texts)
        assert {pair(row["id"], row["against"]) for row in edges if row["against"]} <= resembling(texts).keys()
        rows.append(len(edges))
    assert rows[1] < 3 * rows[0]


def test_a_text_without_words_resembles_nothing(store):
    texts = {"a": "", "b": "", "c": "...", "d": "word", "e": "Word!", "f": "今天天气很好", "g": "今天天气很好。"}
    found = {row["id"]: row["against"] for row in near(store, texts).to_pylist()}
    assert found == {"a": None, "b": None, "c": None, "d": None, "e": "d", "f": None, "g": "f"}


def test_nothing_new_is_no_edges(store):
    assert near(store, {}).num_rows == 0


def test_a_text_that_is_gone_when_it_is_to_be_compared_is_not_said_to_resemble(store):
    one, other = crowd(2)
    texts = {"a": one, "b": other}
    first = near(store, texts, ["a"])
    del texts["a"]
    assert near(store, texts, ["b"], as_examined(first)).to_pylist()[0]["against"] is None


def test_what_was_read_before_a_kill_is_not_read_again(tmp_path, planted, monkeypatch):
    monkeypatch.setattr(resemblance, "TEXTS", 100)
    store = Store(tmp_path / "s", 128)

    def breaking(wanted):
        for number, batch in enumerate(reader(planted)(wanted)):
            if number == 4:
                raise KeyboardInterrupt
            yield batch

    with pytest.raises(KeyboardInterrupt):
        near(store, planted, read=breaking)
    assert len(store.ids()) == 400
    (tmp_path / "s" / ".000004.arrow.1").write_bytes(b"half a file")
    read = reader(planted)
    resemblance.sketch(store, Settings(), read, pa.chunked_array([sorted(planted)]))
    assert read.count == 200
    assert near(store, planted).equals(near(Store(tmp_path / "calm", 128), planted))


def test_a_damaged_file_of_sketches_is_named_with_what_to_do(store, planted):
    near(store, planted)
    (file,) = store.folder.glob("*.arrow")
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(LakeError, match=r"000000\.arrow is damaged.*remove .*sketches, it is made anew"):
        near(store, planted)


def test_jaccard_of_any_pairs_is_that_of_their_sets(tmp_path):
    texts = {f"t{place:03d}": text for place, text in enumerate(documents(80, seed=2, words=40))}
    expected = resembling(texts, threshold=1e-9)
    names = sorted(texts)
    pairs = np.array([a << 32 | b for b in range(80) for a in range(b)], np.uint64)
    scores = jaccard(pairs, pa.chunked_array([names]), reader(texts), 5, tmp_path)
    for key, score in zip(pairs.tolist(), scores.tolist(), strict=True):
        assert score == pytest.approx(expected.get((names[key >> 32], names[key & 0xFFFFFFFF]), 0), abs=1e-12)
