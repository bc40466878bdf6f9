"""Release folders made by hand: whatever configs, rows, card and manifest a test wants."""

import hashlib
import json

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

MESSAGE = pa.struct([("role", pa.string()), ("content", pa.large_string())])
COLUMNS = pa.schema(
    [
        ("messages", pa.list_(MESSAGE)),
        ("trace_id", pa.string()),
        ("problem_id", pa.string()),
        ("source", pa.string()),
        ("licence", pa.string()),
        ("answers", pa.list_(pa.large_string())),
    ]
)


def row(
    name, problem=None, said="<think>\n2 + 2\n</think>\n\n4", asked="2 + 2?", source="sums", licence="apache-2.0", **own
):
    """A row of the default config."""
    messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
    told = {"messages": messages, "trace_id": name, "problem_id": problem or f"p-{name}", "source": source}
    return told | {"licence": licence, "answers": ["4"]} | own


def rows(count, prefix="t", **own):
    return [row(f"{prefix}{number}", **own) for number in range(count)]


def release(folder, configs=None, name="demo", version="r0001", metadata=None, schemas=None, files=1, **manifest):
    """Write a release's folder: ``configs`` is {config: {split: rows}}, each split in so many files."""
    configs = configs or {"default": {"train": rows(6)}}
    folder.mkdir(parents=True, exist_ok=True)
    for config, splits in configs.items():
        for split, content in splits.items():
            share = -(-len(content) // files)
            for number in range(min(files, len(content))):
                file = folder / "data" / config / f"{split}-{number:05d}-of-{min(files, len(content)):05d}.parquet"
                file.parent.mkdir(parents=True, exist_ok=True)
                part = content[number * share : (number + 1) * share]
                schema = (schemas or {}).get((config, split), COLUMNS)
                pq.write_table(pa.Table.from_pylist(part, schema=schema), file, compression="zstd")
    told = {
        "license": "apache-2.0",
        "configs": [
            {
                "config_name": config,
                "data_files": [{"split": split, "path": f"data/{config}/{split}-*.parquet"} for split in splits],
            }
            for config, splits in configs.items()
        ],
    } | (metadata or {})
    write_card(folder, told)
    checked = {"contamination": {"checked": True, "hits": 0}}
    seal(folder, {"name": name, "release_id": version, "rows": 6} | checked | manifest)
    return folder


def write_card(folder, metadata):
    head = yaml.safe_dump({key: value for key, value in metadata.items() if value is not None}, sort_keys=False)
    (folder / "README.md").write_text(f"---\n{head}---\n\n# demo\n")


def seal(folder, manifest=None):
    """Write the manifest of what lies in the folder now."""
    file = folder / "manifest.json"
    told = manifest or json.loads(file.read_text())
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != file)
    hashes = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    file.write_text(json.dumps(told | {"files": hashes}, indent=2))
