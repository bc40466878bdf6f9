"""A release on the Hub: inspected, sent once, whole, and under a tag."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import BadInput
from warehouse.hub.inspection import Inspection, inspect
from warehouse.hub.patience import Patience
from warehouse.hub.upload import Published, Upload
from warehouse.lake import Lake

PATIENCE = 300.0
"""Seconds of trouble after which the Hub is given up on."""
GLANCE = 5.0
"""The same for a dry run, which can do without."""
TAG = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._+-]{0,98}[A-Za-z0-9])?")
Say = Callable[[str], None]


def publish(
    folder: Path,
    repo_id: str,
    private: bool = True,
    tag: str | None = None,
    dry_run: bool = False,
    waive: Iterable[str] = (),
    contamination_limit: int = 0,
    patience: float = PATIENCE,
    lake: Lake | None = None,
    say: Say = lambda line: None,
) -> Published:
    """Inspect a release's folder and bring it to the Hub as a dataset under a tag (its release id, if none is given).

    Publishing what is published does nothing. A dry run sends nothing, and raises nothing for what is refused.
    ``patience``: seconds of trouble that are borne; ``lake``: whose takedowns count.

    Raises BadInput for a release that the inspection refuses, a name or tag that cannot be one, no token, a public
    repository where a private one was asked for, a tag that names something else; RunFailed where the Hub refuses,
    fails or hangs: what has arrived then stays, and the same call goes on.
    """
    # What is told at once comes before what takes minutes.
    check_name(repo_id)
    if tag is not None and (not TAG.fullmatch(tag) or ".." in tag or tag.endswith(".lock")):
        raise BadInput(f"--tag {tag}: expected letters, digits, and . _ + - between them, such as v1")
    token = found_token(repo_id, needed=not dry_run)
    down = None
    if lake is not None:
        with lake.connect(marks=False) as db:
            down = db.sql("SELECT trace_id, problem_id FROM takedowns").to_arrow_table()
    inspection = inspect(folder, waive, contamination_limit, down)
    if inspection.objections and not dry_run:
        raise BadInput(refused(inspection))
    release = inspection.folder.release
    line = Patience(GLANCE if dry_run else patience, say, token)
    with line.watching(), quiet_client():
        upload = Upload(Published(repo_id, tag or release, release, inspection, dry_run), private, line)
        return upload.rehearse() if dry_run else upload.run()


def check_name(repo_id: str) -> None:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repo_id)
    except HFValidationError as error:
        raise BadInput(f"--to {repo_id}: {error}") from error
    if "/" not in repo_id:
        raise BadInput(f"--to {repo_id}: expected an organisation or user and a name, such as org/{repo_id}")


def refused(inspection: Inspection) -> str:
    told = "\n".join(f"  {objection}" for objection in inspection.objections)
    return (
        f"{inspection.folder.path} is not fit to be published, and nothing was sent:\n{told}\n"
        "  (a rule that is wrong here can be waived: --waive RULE; the commit then says so)"
    )


def found_token(repo_id: str, needed: bool) -> str | None:
    from huggingface_hub import get_token

    token = get_token()
    if token is None and needed:
        raise BadInput(
            f"no token to write to {repo_id} with: set HF_TOKEN to one with the role write "
            "(huggingface.co/settings/tokens), or run `hf auth login`"
        )
    return token


@contextmanager
def quiet_client() -> Iterator[None]:
    """The client's bars and warnings say what our lines say, once for every file and try."""
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars, logging

    verbosity, without_bars = logging.get_verbosity(), are_progress_bars_disabled()
    logging.set_verbosity_error()
    disable_progress_bars()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if not without_bars:
            enable_progress_bars()
