import json
import random
import string

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from releases import COLUMNS, release, row, rows, seal, write_card

from warehouse.errors import BadInput
from warehouse.hub.inspection import RULES, inspect
from warehouse.hub.inspection.rows import suspects
from warehouse.hub.inspection.secrets import emails, secrets

CAPITALS, ALPHANUMERIC = string.ascii_uppercase, string.ascii_letters + string.digits
DRAW = random.Random(7)


def drawn(count, signs=ALPHANUMERIC):
    """Random signs, as a key has them; written here, a real-looking key would alarm whoever scans this repository."""
    return "".join(DRAW.choice(signs) for _ in range(count))


def broken(folder, **how):
    """(rule, where, found) of what an inspection objects to."""
    return [(one.rule, one.where, one.found) for one in inspect(folder, **how).objections]


def test_a_release_as_it_should_be_passes(tmp_path):
    made = inspect(
        release(tmp_path / "r", {"default": {"train": rows(5), "validation": rows(2, "v")}, "raw": {"train": rows(9)}})
    )
    assert made.objections == made.waived == made.notes == []
    assert set(made.sizes) == {*made.folder.files, "manifest.json"}


# files


def test_a_folder_without_a_manifest_is_no_release(tmp_path):
    with pytest.raises(BadInput, match=r"is no release: it has no manifest\.json"):
        inspect(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", 'expected {"path": "sha256"'),
        ('{"files": {}, "name": "x"}', "release_id is None"),
        ('{"files": {"../x": "1"}, "name": "x", "release_id": "r"}', r"names '\.\./x'; expected paths inside"),
        ('{"files": {"/etc/passwd": "1"}, "name": "x", "release_id": "r"}', "expected paths inside"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused(tmp_path, text, message):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(BadInput, match=message):
        inspect(tmp_path)


def test_a_file_that_was_changed_is_named_with_both_hashes(tmp_path):
    folder = release(tmp_path / "r")
    (folder / "README.md").write_text((folder / "README.md").read_text() + "more\n")
    ((rule, where, found),) = broken(folder)
    assert (rule, where) == ("files", "README.md")
    assert "the manifest says" in found


def test_a_file_that_is_gone_and_one_that_is_cut_are_named(tmp_path):
    folder = release(tmp_path / "r", files=2)
    one, two = sorted(folder.glob("data/default/*.parquet"))
    one.unlink()
    two.write_bytes(two.read_bytes()[:-20])
    told = [(rule, where, found.partition(":")[0]) for rule, where, found in broken(folder) if rule == "files"]
    assert [where for _, where, _ in told] == [file.relative_to(folder).as_posix() for file in (one, two)]
    assert told[0][2] == "in the manifest and not in the folder"
    assert told[1][2].startswith("SHA-256 is ")


@pytest.mark.parametrize("where", ["footer", "page"])
def test_a_file_that_was_released_broken_is_named(tmp_path, where):
    folder = release(tmp_path / "r", {"default": {"train": rows(2)}, "raw": {"train": rows(400)}})
    file = folder / "data/raw/train-00000-of-00001.parquet"
    content = bytearray(file.read_bytes())
    content[-8 if where == "footer" else 40 : -4 if where == "footer" else 80] = b"\xff" * (
        4 if where == "footer" else 40
    )
    file.write_bytes(content)
    seal(folder)
    ((rule, broken_file, found),) = broken(folder)
    assert (rule, broken_file) == ("files", "data/raw/train-00000-of-00001.parquet")
    assert found.startswith("no Parquet file that reads: ")


def test_what_lies_in_the_folder_besides_is_said(tmp_path):
    folder = release(tmp_path / "r")
    (folder / "notes.txt").write_text("mine")
    made = inspect(folder)
    assert made.objections == []
    assert made.notes == ["not of the release, and not sent: notes.txt"]
    assert "notes.txt" not in made.sizes


# card


@pytest.mark.parametrize(
    ("configs", "found"),
    [
        (None, "configs is None"),
        ([{"config_name": "default", "data_files": "data/none-*.parquet"}], "data/none-*.parquet matches no file"),
        ([{"config_name": "default", "data_files": []}], "data_files holds None"),
        ([{"config_name": "default", "data_files": "../*.parquet"}], "expected split and path inside the folder"),
        ([{"data_files": "data/*/*.parquet"}], "expected config_name and data_files"),
        (
            [{"config_name": "default", "data_files": "data/default/train-00000*"}],
            "train-00001-of-00002.parquet belongs to no",
        ),
    ],
)
def test_a_config_that_loads_other_than_what_is_there_is_refused(tmp_path, configs, found):
    folder = release(tmp_path / "r", files=2, metadata={"configs": configs})
    told = broken(folder)
    assert {rule for rule, _, _ in told} >= {"card"}
    assert any(found in what for _, _, what in told), told


@pytest.mark.parametrize(
    "data_files",
    [
        "data/default/*.parquet",
        ["data/default/*.parquet"],
        {"train": "data/default/*.parquet"},
        {"train": ["data/default/train-00000*", "data/default/train-00001*"]},
        [{"split": "train", "path": ["data/default/train-00000*", "data/**/train-00001*"]}],
    ],
)
def test_every_form_of_data_files_that_datasets_takes_is_read(tmp_path, data_files):
    metadata = {"configs": [{"config_name": "default", "data_files": data_files}]}
    made = inspect(release(tmp_path / "r", files=2, metadata=metadata))
    assert made.objections == []
    assert {(part.config, part.split) for part in made.folder.parts} == {("default", "train")}


@pytest.mark.parametrize("text", ["# only a title\n", "---\nlicense: [\n---\n", "---\n- a\n---\n"])
def test_a_card_whose_yaml_does_not_read_is_refused(tmp_path, text):
    folder = release(tmp_path / "r")
    (folder / "README.md").write_text(text)
    seal(folder)
    assert ("card", "README.md") in [(rule, where) for rule, where, _ in broken(folder)]


# schema and ids


def test_two_files_of_a_config_with_other_columns_are_refused(tmp_path):
    other = pa.schema(
        [field.with_type(pa.list_(pa.int64())) if field.name == "answers" else field for field in COLUMNS]
    )
    content = {"train": rows(2), "validation": rows(1, "v", answers=[4])}
    folder = release(tmp_path / "r", {"default": content}, schemas={("default", "validation"): other})
    ((rule, where, found),) = broken(folder)
    assert (rule, where) == ("schema", "data/default/validation-00000-of-00001.parquet")
    assert "answers is list<element: int64>" in found or "answers is list<item: int64>" in found


def test_a_file_without_rows_is_refused_because_datasets_cannot_load_it(tmp_path):
    folder = release(tmp_path / "r")
    pq.write_table(COLUMNS.empty_table(), folder / "data/default/train-00001.parquet")
    seal(folder)
    ((rule, where, _),) = broken(folder)
    assert (rule, where) == ("schema", "data/default/train-00001.parquet")


def test_two_configs_may_have_other_columns(tmp_path):
    other = pa.schema([("conversations", pa.list_(pa.string())), ("trace_id", pa.string())])
    content = {"default": {"train": rows(2)}, "form": {"train": [{"conversations": ["a"], "trace_id": "t0"}]}}
    assert broken(release(tmp_path / "r", content, schemas={("form", "train"): other})) == []


def test_a_trace_that_is_in_a_config_twice_is_refused_and_one_in_two_configs_is_not(tmp_path):
    assert broken(release(tmp_path / "a", {"default": {"train": rows(3)}, "raw": {"train": rows(3)}})) == []
    ((rule, where, found),) = broken(release(tmp_path / "b", {"default": {"train": [*rows(3), row("t1")]}}))
    assert (rule, where) == ("ids", "config default")
    assert "1 traces are in it twice, such as t1" in found


# splits


def test_a_problem_in_two_splits_is_refused_whatever_the_config(tmp_path):
    content = {
        "default": {"train": [row("a", "p1")], "validation": [row("b", "p2")]},
        "raw": {"train": [row("c", "p2")]},
    }
    ((rule, where, found),) = broken(release(tmp_path / "r", content))
    assert (rule, where) == ("splits", "1 problems")
    assert "p2 in train and validation" in found
    assert "data/raw/train-00000-of-00001.parquet" in found


def test_a_problem_in_one_split_of_two_configs_is_no_leak(tmp_path):
    content = {"default": {"train": [row("a", "p1"), row("b", "p1")]}, "raw": {"train": [row("c", "p1")]}}
    assert broken(release(tmp_path / "r", content)) == []


# takedowns


def test_what_the_lake_has_taken_down_since_is_refused_and_cannot_be_waived(tmp_path):
    folder = release(
        tmp_path / "r", {"default": {"train": rows(4)}, "raw": {"train": [row("x", "p9"), row("y", "p9")]}}
    )
    down = [{"trace_id": "t2", "problem_id": "p-t2"}, {"trace_id": None, "problem_id": "p9"}]
    down += [{"trace_id": "elsewhere", "problem_id": "p-t1"}]
    assert broken(folder, down=pa.Table.from_pylist(down)) == [
        ("takedowns", "data/default/train-00000-of-00001.parquet", "1 rows have been taken down, such as t2"),
        ("takedowns", "data/raw/train-00000-of-00001.parquet", "2 rows have been taken down, such as p9"),
    ]
    assert (
        broken(folder, down=pa.table({"trace_id": pa.array([], "string"), "problem_id": pa.array([], "string")})) == []
    )


# licences


def test_a_source_without_a_licence_is_refused(tmp_path):
    content = [*rows(2), row("x", source="scraped", licence=None), row("y", source="scraped", licence=" Unknown ")]
    told = broken(release(tmp_path / "r", {"default": {"train": content}}))
    assert {(rule, where) for rule, where, _ in told} == {("licences", "source scraped")}
    assert all("1 rows state no licence" in found for _, _, found in told)


@pytest.mark.parametrize(
    ("on_card", "refused"),
    [
        ("apache-2.0", True),
        (["apache-2.0", "CC-BY-4.0"], False),
        ("other", False),
        (None, False),
    ],
)
def test_the_card_says_the_licences_of_the_sources(tmp_path, on_card, refused):
    content = [row("a"), row("b", source="web", licence="cc-by-4.0")]
    folder = release(tmp_path / "r", {"default": {"train": content}}, metadata={"license": on_card})
    told = broken(folder)
    assert [rule for rule, _, _ in told] == ["licences"] * refused
    assert not refused or "rows from web are under cc-by-4.0" in told[0][2]
    assert bool(inspect(folder).notes) is (on_card is None)


def test_rows_without_the_columns_say_nothing_of_licences(tmp_path):
    bare = pa.schema([("text", pa.string())])
    folder = release(tmp_path / "r", {"default": {"train": [{"text": "a"}]}}, schemas={("default", "train"): bare})
    assert [rule for rule, _, _ in broken(folder)] == ["licences"]


# contamination


def test_a_release_that_was_not_examined_is_refused(tmp_path):
    for number, told in enumerate([None, {"checked": False}, {}, "yes"]):
        assert [rule for rule, _, _ in broken(release(tmp_path / str(number), contamination=told))] == ["unchecked"]


def test_rows_on_contaminated_problems_are_borne_up_to_the_limit(tmp_path):
    folder = release(tmp_path / "r", contamination={"checked": True, "hits": 3})
    ((rule, _, found),) = broken(folder, limit=2)
    assert (rule, found) == ("contamination", "3 rows are on contaminated problems, the limit is 2")
    assert broken(folder, limit=3) == []


# waivers


def test_a_rule_is_waived_by_name_and_is_still_told(tmp_path):
    folder = release(tmp_path / "r", contamination=None)
    made = inspect(folder, waive=["unchecked"])
    assert made.objections == []
    assert [objection.rule for objection in made.waived] == ["unchecked"]


@pytest.mark.parametrize("rule", ["files", "takedowns", "everything", ""])
def test_what_is_no_rule_or_must_hold_cannot_be_waived(tmp_path, rule):
    with pytest.raises(BadInput, match="expected one of card, schema, ids"):
        inspect(release(tmp_path / "r"), waive=[rule])


# secrets

JWT_HEAD, JWT_BODY = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "eyJzdWIiOiI4ODEyNzMiLCJuYW1lIjoiQSJ9"
KEYS = {
    "Hugging Face token": f"hf_{drawn(34)}",
    "Anthropic key": f"sk-ant-api03-{drawn(93)}",
    "OpenAI key": f"sk-proj-{drawn(30)}T3BlbkFJ{drawn(30)}",
    "GitHub token": f"ghp_{drawn(36)}",
    "AWS access key": f"AKIA{drawn(12, 'BCDGHJKLNPRTVZ')}K3Q7",
    "AWS secret key": f"aws_secret_access_key = {drawn(40)}",
    "Slack token": f"xoxb-{drawn(12, string.digits)}-{drawn(24)}",
    "Slack webhook": f"https://hooks.slack.com/services/T{drawn(8, CAPITALS)}/B{drawn(8, CAPITALS)}/{drawn(24)}",
    "Google key": f"AIza{drawn(35)}",
    "private key": "-----BEGIN RSA " + f"PRIVATE KEY-----\n{drawn(64)}\n{drawn(64)}\n",
    "JWT": f"{JWT_HEAD}.{JWT_BODY}.{drawn(43)}",
    "password": f'DB_PASSWORD = "{drawn(10)}7aQ{drawn(10)}"',
    "hexadecimal password": f"api-key: {drawn(40, '0123456789abcdef')}",
    "bearer token": f"Authorization: Bearer {drawn(20)}7aQ{drawn(12)}",
    "password in an address": f"postgres://admin:{drawn(8)}7aQ{drawn(6)}@db.internal/prod",
}
HARMLESS = [
    # mathematics and its puzzles
    "Let sk-1 be the k-th partial sum; then s_k - s_{k-1} = a_k, and hf_n(x) = h(f_n(x)).",
    "Decrypt AKIATHISISACAESARCIPHER to plain text. AKIAQWERTYUIOPASDFGH is twenty letters.",
    "The password is the sum of the digits: password = 1234567890123456, so the token: 42.",
    r"secret = \frac{3x^2+5}{2}, api_key = x_1 + x_2 + x_3 + x_4, token = (a+b)^{10}",
    "password: correct horse battery staple, as in the comic",
    "A token: aaaaaaaaaaaaaaaaaaaaaaaa is what the automaton reads; access_token = abcdefghijklmnopqrst",
    "secret: ABCDEFGHIJ0123456789abcdefghij in order",
    "risk-adjusted, task-specific-and-model-independent-evaluation-of-everything",
    "2.718281828459045235360287471352662497757 and 0x7fffffffffffffffffffffff",
    "SHA-256 of it is e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "secret: 0123456789abcdef0123456789abcdef, token = 11111111112222222222333333333344",
    # manuals and programs
    "eos_token = Sam3TrackerTokenizer(config), api_key=NamesOfClassesArePasswords2",
    "AKIAIOSFODNN7EXAMPLE is what the manual shows, with wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "os.environ['HF_TOKEN'] = 'hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'; openai.api_key = 'sk-your-key-here'",
    "password = os.environ.get('DATABASE_PASSWORD'); token=request.headers.get('Authorization')",
    "api_key=settings.credentials.primary_api_key, secret=hashlib.sha256(b'x').hexdigest()",
    "-----BEGIN PRIVATE KEY----- opens such a file and -----END PRIVATE KEY----- closes it.",
    f"{JWT_HEAD}.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    "postgres://user:password@localhost/db and https://user:your-password-here@example.com",
    "the bearer internationalisation-and-localisation",
    "ghp_ and github_pat_ are how such tokens begin, xoxb- and AIza as well.",
]  # fmt: skip


@pytest.mark.parametrize("kind", KEYS)
def test_each_kind_of_secret_is_found_and_shown_without_being_given_away(kind):
    text = f"First we note that {KEYS[kind]} and then go on."
    (found,) = secrets(text)
    assert found.kind == kind.removeprefix("hexadecimal ")
    secret = text[found.start : found.end]
    assert secret in KEYS[kind]
    assert secret[8:] not in found.excerpt
    assert f"{len(secret)} characters" in found.excerpt


@pytest.mark.parametrize("text", HARMLESS, ids=range(len(HARMLESS)))
def test_what_only_resembles_a_secret_is_none(text):
    assert list(secrets(text)) == []


def test_a_column_is_searched_for_all_kinds():
    column = pl.Series([f"so {key} it is" for key in KEYS.values()] + ["nothing here", None])
    assert suspects(column) == list(range(len(KEYS)))


def test_a_secret_in_any_text_of_a_row_is_named_by_file_row_trace_and_column(tmp_path):
    token = KEYS["GitHub token"]
    content = rows(700)
    content[600]["messages"][1]["content"] = f"<think>\nexport GH={token}\n</think>\n\n4"
    content[650]["answers"] = ["1", f"key {token}"]
    told = broken(release(tmp_path / "r", {"default": {"train": content}}))
    file = "data/default/train-00000-of-00001.parquet"
    assert [(rule, where) for rule, where, _ in told] == [
        ("secrets", f"{file}, row 600, trace t600, messages"),
        ("secrets", f"{file}, row 650, trace t650, answers"),
    ]
    assert all(found.startswith("GitHub token: ") and token[5:] not in found for _, _, found in told)


def test_a_secret_in_the_card_is_found(tmp_path):
    folder = release(tmp_path / "r")
    (folder / "README.md").write_text(f"{(folder / 'README.md').read_text()}\nuse {KEYS['Hugging Face token']}\n")
    seal(folder)
    ((rule, where, _),) = broken(folder)
    assert (rule, where) == ("secrets", "README.md")


def test_many_secrets_are_told_by_the_first_ones_and_their_number(tmp_path):
    content = rows(50, said=f"take {KEYS['GitHub token']}")
    told = broken(release(tmp_path / "r", {"default": {"train": content}}))
    assert len(told) == 21
    assert told[-1] == ("secrets", "and more", "30 others")


def test_addresses_are_counted_and_are_no_reason_to_refuse(tmp_path):
    content = [*rows(3), row("x", said="Ask ada@analytical.engine.org or bob@mill.co; not me@example.com.")]
    made = inspect(release(tmp_path / "r", {"default": {"train": content}}))
    assert made.objections == []
    assert made.notes == [
        "2 e-mail addresses in 1 rows, the first in data/default/train-00000-of-00001.parquet, row 3, trace x, messages"
    ]


def test_what_has_the_sign_of_an_address_need_be_none():
    assert emails("a@b, x@1.5, user@localhost, foo@test.com, @decorator, 5 kg @ 3 EUR, a @ b = c") == []


# together


def test_a_release_that_breaks_every_rule_is_told_all_of_it_at_once(tmp_path):
    other = pa.schema([*COLUMNS, ("extra", pa.string())])
    content = {
        "train": [row("a", "p1", said=f"take {KEYS['GitHub token']}"), row("a", "p3")],
        "validation": [row("b", "p1", licence=None)],
    }
    folder = release(
        tmp_path / "r", {"default": content}, schemas={("default", "validation"): other}, contamination=None
    )
    (folder / "lost.txt").write_text("x")
    metadata = {"configs": [{"config_name": n, "data_files": f"data/{n}/*"} for n in ("default", "raw")]}
    metadata["configs"][0]["data_files"] = {s: f"data/default/{s}-*" for s in content}
    write_card(folder, metadata)
    seal(folder)
    (folder / "lost.txt").unlink()
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"contamination": None}))
    assert {rule for rule, _, _ in broken(folder)} == set(RULES) - {"contamination", "takedowns"}
