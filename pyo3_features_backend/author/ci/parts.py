"""Steps that several jobs of a workflow have, and text as YAML takes it."""

from __future__ import annotations

import json

_CHECKOUT = "actions/checkout@v7"
_PYTHON = "actions/setup-python@v7"
_UPLOAD = "actions/upload-artifact@v7"
_DOWNLOAD = "actions/download-artifact@v8"


def one_line(words: str) -> str:
    """Text for a comment."""
    return " ".join(words.split())


def quoted(words: str) -> str:
    """A string of YAML, whatever is in it: JSON is a part of YAML."""
    return json.dumps(words, ensure_ascii=False)


def indented(body: str, width: int) -> str:
    """The lines, each further to the right."""
    return "".join(" " * width + line if line.strip() else line for line in body.splitlines(keepends=True))


def steps(*parts: str) -> str:
    """The steps of a job."""
    return "steps:\n" + indented("".join(part for part in parts if part), 2)


def checkout() -> str:
    """The step that gets the sources; the token does not stay in the tree."""
    return f"- uses: {_CHECKOUT}\n  with:\n    persist-credentials: false\n"


def python(version: str, more: str = "") -> str:
    """The step that installs a Python."""
    return f"- uses: {_PYTHON}\n{more}  with:\n    python-version: {version}\n    allow-prereleases: true\n"


def upload(name: str) -> str:
    """The step that keeps what is in ``dist``."""
    return f"- uses: {_UPLOAD}\n  with:\n    name: {name}\n    path: dist\n    if-no-files-found: error\n"


def download(pattern: str) -> str:
    """The step that gets what other jobs have kept, into ``dist``."""
    return f"- uses: {_DOWNLOAD}\n  with:\n    pattern: {pattern}\n    path: dist\n    merge-multiple: true\n"
