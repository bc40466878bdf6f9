"""Problems from a Hub dataset, or a local folder of the same form: ``source = "hub"`` and, say,
``path = "HuggingFaceH4/aime_2024"``.

``config`` takes what ``datasets.load_dataset`` takes (``name``, ``split``, ``revision``, ``data_files``); ``columns``
maps as for files.
"""

from __future__ import annotations

from collections.abc import Iterator

from generators.sources import SOURCES, Problem, Wanted
from generators.sources.file import from_table
from generators.sources.tables import hub_table
from warehouse.errors import SourceError


@SOURCES.register("hub")
def hub(wanted: Wanted) -> Iterator[Problem]:
    if not wanted.path:
        raise SourceError('problems.path: missing; source = "hub" needs a dataset such as "HuggingFaceH4/aime_2024"')
    table = hub_table(wanted.path, wanted.folder, wanted.config)
    yield from from_table(table, wanted, f"hub/{table.name}")
