"""A process of its own in which the real client talks to a stand-in Hub: where a Hub is, it reads once, at import."""

import contextlib
import io
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from types import SimpleNamespace

from warehouse.errors import BadInput, RunFailed


class Publisher:
    """Calls ``publish`` over there; what it would say or raise is here to be looked at."""

    def __init__(self, environment):
        self.pool = ProcessPoolExecutor(1, get_context("spawn"), settle, (environment,))
        self.lines = []

    def __call__(self, folder, repo_id, token=..., **how):
        """Returns what was published. Raises what publishing raises."""
        made, error, self.lines = self.pool.submit(publish_here, folder, repo_id, token, how).result(timeout=120)
        if error:
            raise {"BadInput": BadInput}.get(error[0], RunFailed)(error[1])
        return made

    def command(self, *arguments, token=...):
        """The command ``thoughtmill`` over there: returncode, stdout, stderr. It is spared its start."""
        told = self.pool.submit(command_here, tuple(map(str, arguments)), token).result(timeout=120)
        return SimpleNamespace(**dict(zip(("returncode", "stdout", "stderr"), told, strict=True)))

    def load(self, *names, **how):
        """(columns, rows) of every split that ``datasets.load_dataset`` finds."""
        return self.pool.submit(load_here, names, how).result(timeout=120)

    def close(self):
        self.pool.shutdown()


def settle(environment):
    os.environ.update(environment)


@contextlib.contextmanager
def holding(token):
    """With this token, none (None), or the one that was there (...)."""
    before = os.environ.pop("HF_TOKEN", None)
    os.environ |= {"HF_TOKEN": before if token is ... else token} if token else {}
    try:
        yield
    finally:
        os.environ["HF_TOKEN"] = before


def publish_here(folder, repo_id, token, how):
    from warehouse.hub.publish import publish

    lines = []
    try:
        with holding(token):
            return publish(folder, repo_id, say=lines.append, **how), None, lines
    except (BadInput, RunFailed) as error:
        return None, (type(error).__name__, str(error)), lines


def command_here(arguments, token):
    from flows.cli import main

    sys.argv = ["thoughtmill", *arguments]
    out, err = io.StringIO(), io.StringIO()
    with holding(token), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
            status = 0
        except SystemExit as left:
            status = left.code or 0
    return status, out.getvalue(), err.getvalue()


def load_here(names, how):
    from datasets import load_dataset

    return {split: rows.to_list() for split, rows in load_dataset(*names, **how).items()}
