"""Lists of features in TOML documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..toml_edit import needed

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


def parse(text: str) -> TOMLDocument:
    """The document of ``text``. Raises :class:`BackendError` where tomlkit is missing."""
    document: TOMLDocument = needed().parse(text)
    return document


def without(document: Any, path: Sequence[str | int], words: Iterable[str]) -> None:
    """Take ``words`` out of the list at ``path``; what is empty then goes, but the definition of a crate's feature.

    Such a feature may gate code, or be asked for by name: so its list is emptied and the name stays.
    """
    holder = _at(document, path[:-1])
    found = holder[path[-1]]
    for at in reversed(range(len(found))):
        if _feature(found[at]) in set(words):
            del found[at]
    if len(found):
        return
    if path[0] == "features":
        holder[path[-1]] = _empty()
        return
    del holder[path[-1]]
    if list(holder) == ["version"] and len(path) > 1 and _is_inline(holder):
        _at(document, path[:-2])[path[-2]] = holder["version"]


def _empty() -> Any:
    import tomlkit

    return tomlkit.array()


def _is_inline(holder: Any) -> bool:
    from tomlkit.items import InlineTable

    return isinstance(holder, InlineTable)


def _feature(entry: Any) -> str | None:
    """The feature of a list's entry: a word, or maturin's `{ feature = "...", python-version = "..." }`."""
    if isinstance(entry, str):
        return str(entry)
    return str(entry["feature"]) if isinstance(entry, dict) and "feature" in entry else None


def _at(document: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        document = document[step]
    return document


def table(document: Any, *path: str) -> Any:
    """The table at ``path``, made at the end of the document if there is none."""
    import tomlkit

    for number, name in enumerate(path, 1):
        if name not in document:
            document[name] = tomlkit.table(is_super_table=number < len(path))
        document = document[name]
    return document
