"""Secrets do not belong into a recipe: it is committed, copied into the lake and shown on cards."""

from __future__ import annotations

import re
from typing import Any

SECRET_VALUE = re.compile(r"\b(hf_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[A-Z0-9]{12,})")
SECRET_KEY = re.compile(r"(api_?key|secret|password|passwd|access_?token|auth_?token|hf_?token)(_env)?$", re.IGNORECASE)


def no_secrets(data: Any) -> None:
    """Raises ValueError for a value that looks like one, or stands where one would."""
    for path, value in leaves(data):
        if SECRET_VALUE.search(str(value)) or (SECRET_KEY.search(path) and value and not path.endswith("_env")):
            raise ValueError(
                f"{path} looks like a literal secret; put it in an environment variable and name that instead, "
                f'as in {path.rpartition(".")[2].removesuffix("_env")}_env = "MY_VARIABLE"'
            )


def leaves(data: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every (dotted path, value) of nested tables."""
    if isinstance(data, dict):
        return [leaf for key, value in data.items() for leaf in leaves(value, f"{path}.{key}" if path else str(key))]
    if isinstance(data, list | tuple):
        return [leaf for number, value in enumerate(data) for leaf in leaves(value, f"{path}[{number}]")]
    return [(path, data)]
