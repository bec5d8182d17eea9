"""The index that pip uses, without pip: `pip download` of an sdist runs its metadata hook, which needs tools."""

from __future__ import annotations

import hashlib
import os
import re
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen


def fetched(name: str, version: str, digest: str, path: Path) -> Path:
    """An sdist as a file that is kept: downloaded and checked if it is not there yet."""
    if not (path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(name, f"{name}-{version}.tar.gz", digest))
    return path


def names_on_index(project: str) -> list[str]:
    """The names of all files of a project on the index."""
    page = _download(_page(project)).decode("utf-8")
    return [Path(link).name for link in re.findall(r'href="([^"#]*)["#]', page)]


def _page(project: str) -> str:
    """The project's page on the index (PEP 503)."""
    return _index() + "/" + re.sub(r"[-_.]+", "-", project) + "/"


def content(project: str, file: str, digest: str) -> bytes:
    """The content of a project's file on the index, held against its sha256."""
    index = _page(project)
    page = _download(index).decode("utf-8")
    # Old releases have the project's name as it was written, not as it is normalised.
    pattern = re.escape(file).replace("_", "[-_.]")
    (link,) = set(re.findall(rf'href="([^"#]*/{pattern})["#]', page, re.IGNORECASE))
    content = _download(urljoin(index, link))
    assert hashlib.sha256(content).hexdigest() == digest
    return content


def _index() -> str:
    """pip's own index: from its environment or its configuration, else PyPI."""
    command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    configured = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return (os.environ.get("PIP_INDEX_URL") or configured or "https://pypi.org/simple").rstrip("/")


def _download(url: str) -> bytes:
    context = ssl.create_default_context(cafile=os.environ.get("PIP_CERT"))
    with urlopen(url, timeout=180, context=context) as answer:
        return bytes(answer.read())
