"""Problems from a Hub dataset, or a local folder of the same form: ``source = "hub"`` and, say,
``path = "HuggingFaceH4/aime_2024"``.

``config`` takes what ``datasets.load_dataset`` takes (``name``, ``split``, ``revision``, ``data_files``); ``columns``
maps as for files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generators.sources import SOURCES, Problem, Wanted
from generators.sources.file import from_rows
from warehouse.errors import SourceError


@SOURCES.register("hub")
def hub(wanted: Wanted) -> Iterator[Problem]:
    import datasets

    if not wanted.path:
        raise SourceError('problems.path: missing; source = "hub" needs a dataset such as "HuggingFaceH4/aime_2024"')
    local = (wanted.folder / wanted.path) if wanted.folder else Path(wanted.path)
    path = str(local) if local.is_dir() else wanted.path
    options = {"split": "train", **wanted.config}
    if not isinstance(options["split"], str):
        raise SourceError(f'problems.config.split: expected one split such as "train", found {options["split"]!r}')
    try:
        dataset = datasets.load_dataset(path, **options)
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
        raise SourceError(f"dataset {wanted.path!r} does not load with {options}: {error}") from error
    name = "hub/" + (local.name if local.is_dir() else wanted.path)
    yield from from_rows(dataset, list(dataset.column_names), wanted, name, f"dataset {wanted.path}")
