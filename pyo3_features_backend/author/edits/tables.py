"""Edits of TOML text that keep its comments and formatting, each verified by parsing the result."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from ...errors import Place, ProjectError
from ...facts import toml
from ...model.words import Word
from .toml_edit import needed

Path = tuple[Any, ...]  # keys, and numbers of array entries
_WIDTH = 100  # a longer list has an entry to a line


class EditKind(Word):
    """What an edit does."""

    REMOVE_ENTRY = "remove entry"  # the entry ``value`` of the list at ``path``; an empty list stays
    REMOVE_ENTRY_AND_EMPTY_LIST = "remove entry and empty list"  # the same; an empty list goes
    REMOVE_KEY = "remove key"  # the key ``path``
    SET_KEY = "set key"  # the key ``path`` to ``value``, new or changed
    REPLACE_ENTRY = "replace entry"  # ``value`` is the pair (old, new) of an entry of the list at ``path``
    PREPEND = "prepend"  # ``value`` to the list at ``path``
    APPEND = "append"
    REMOVE_EMPTY_TABLE = "remove empty table"  # the table ``path`` if nothing is in it, not even a comment


class Edit(NamedTuple):
    """One edit: what it does, the ``path`` of a key or list, and the ``value`` that it adds or removes; ``literal`` is
    that value in TOML, where it has a form already."""

    kind: EditKind
    path: Path
    value: Any = None
    literal: str | None = None

    @property
    def source(self) -> str:
        """The value as TOML."""
        return self.literal or source(self.value)


def edited(text: str, file: str, edits: Sequence[Edit]) -> str:
    """``text`` with ``edits`` applied, in order.

    Raises :class:`ProjectError`, naming ``file``, where an edit is impossible in the way the file is written.
    """
    crlf = "\r\n" in text and text.count("\r\n") == text.count("\n")
    wanted = toml.parse(text)
    for edit in edits:
        if edit.kind == EditKind.REMOVE_EMPTY_TABLE:
            text = _without_empty_table(text, edit.path)
            wanted = toml.parse(text)
            continue
        try:
            _in_values(wanted, edit)
            text = _in_text(text, edit)
        except (TypeError, AttributeError, KeyError):  # a number, say, where a table should be
            raise _refused(edit, text, file) from None
        if crlf:
            text = re.sub(r"(?<!\r)\n", "\r\n", text)
        if not _is_toml(text) or toml.parse(text) != wanted:
            raise _refused(edit, text, file)
    return text


def _refused(edit: Edit, text: str, file: str) -> ProjectError:
    return ProjectError(
        f"{'.'.join(map(str, edit.path))} cannot be changed without rewriting the file",
        place=Place(file, toml.line_of(text, *edit.path)),
        hint=f"{_words(edit)} by hand, then run the command again",
    )


def _words(edit: Edit) -> str:
    if edit.kind == EditKind.REMOVE_KEY:
        return "remove it"
    removes = edit.kind in (EditKind.REMOVE_ENTRY, EditKind.REMOVE_ENTRY_AND_EMPTY_LIST)
    return f"remove {edit.value}" if removes else f"put {source(edit.value)} there"


def matches(entry: Any, value: Any) -> bool:
    """Whether an entry of a list is the one to remove: equal as a value, however it is formatted."""
    return bool(entry == value)


def _at(table: Any, path: Path) -> Any:
    for part in path:
        table = table[part]
    return table


def literal_at(text: str, path: Path) -> str | None:
    """The value of the key ``path`` as ``text`` has it, with the comments in and behind it; None for a table."""
    item = _at(needed().parse(text), path)
    if isinstance(item, dict):
        return None
    comment = item.trivia.comment
    return str(item.as_string()).replace("\r\n", "\n") + (f"  {comment}" if comment else "")


def _without_empty_table(text: str, path: Path) -> str:
    """``text`` without the header of the table ``path``, if it has neither a key nor a comment."""
    table: Any = toml.parse(text)
    for part in path:
        table = table.get(part) if isinstance(table, dict) else None
    if table != {}:
        return text
    header = r"\s*\.\s*".join(rf"""["']?{re.escape(str(part))}["']?""" for part in path)
    # A comment below a blank line belongs to what follows.
    end = r"(?:(?:\r?\n[ \t]*)*(?=\[|\Z)|(?:\r?\n[ \t]*){2,}(?=#))"
    match = re.search(rf"^[ \t]*\[\s*{header}\s*\][ \t]*{end}", text, re.MULTILINE)
    if not match:
        return text
    before, after = text[: match.start()], text[match.end() :]
    last = before.rstrip() + ("\r\n" if "\r\n" in before else "\n") if before.strip() else ""
    without = before + after if after else last if text.endswith("\n") else before.rstrip()
    kept = toml.parse(text)
    for number in range(len(path), 0, -1):  # the tables above it that only its header brought
        if _at(kept, path[:number]) == {} and not _has(toml.parse(without), path[:number]):
            del _at(kept, path[: number - 1])[path[number - 1]]
    return without if _is_toml(without) and toml.parse(without) == kept else text


def _has(table: Any, path: Path) -> bool:
    for part in path:
        if not isinstance(table, dict) or part not in table:
            return False
        table = table[part]
    return True


def _in_values(table: Any, edit: Edit) -> None:
    """The edit of a plain parsed table: what the text must mean afterwards."""
    *above, last = edit.path
    if edit.kind == EditKind.SET_KEY:
        for part in above:
            table = table.setdefault(part, {})
        table[last] = edit.value
        return
    holder = _at(table, tuple(above))
    if edit.kind == EditKind.REMOVE_KEY:
        del holder[last]
    elif edit.kind == EditKind.PREPEND:
        holder[last].insert(0, edit.value)
    elif edit.kind == EditKind.APPEND:
        holder[last].append(edit.value)
    elif edit.kind == EditKind.REPLACE_ENTRY:
        holder[last] = [edit.value[1] if entry == edit.value[0] else entry for entry in holder[last]]
    else:
        holder[last] = [entry for entry in holder[last] if not matches(entry, edit.value)]
        if not holder[last] and edit.kind == EditKind.REMOVE_ENTRY_AND_EMPTY_LIST:
            del holder[last]


def _in_text(text: str, edit: Edit) -> str:
    tomlkit = needed()
    document = tomlkit.parse(text)
    if edit.kind == EditKind.SET_KEY:
        try:
            holder = _at(document, edit.path[:-1])
        except KeyError:
            holder = {}
        present = edit.path[-1] in holder
        if not present and _is_toml(written := _with_key(text, edit)):
            return written
        literal = edit.source
        if present and isinstance(edit.value, str):
            literal = _quoted_as(holder[edit.path[-1]], edit.value)
        holder[edit.path[-1]] = _item(tomlkit, literal)
    elif edit.kind == EditKind.REMOVE_KEY:
        _drop(tomlkit, document, edit.path)
    elif edit.kind == EditKind.PREPEND:
        array = _at(document, edit.path)
        _at(document, edit.path[:-1])[edit.path[-1]] = _item(tomlkit, _with_first(array, edit.value))
    elif edit.kind == EditKind.REPLACE_ENTRY:
        array = _at(document, edit.path)
        old = next(entry for entry in array if entry == edit.value[0])
        literal = array.as_string().replace(old.as_string(), _quoted_as(old, edit.value[1]))
        _at(document, edit.path[:-1])[edit.path[-1]] = _item(tomlkit, literal)
    elif edit.kind == EditKind.APPEND:
        array = _at(document, edit.path)
        if isinstance(array, tomlkit.items.AoT) and isinstance(edit.value, dict):  # [[a.list]], and not a = [{ ... }]
            array.append(
                tomlkit.parse("".join(f"{_key(key)} = {source(entry)}\n" for key, entry in edit.value.items()))
            )
            return str(tomlkit.dumps(document))
        alike = isinstance(edit.value, str) and len(array)
        array.append(_item(tomlkit, _quoted_as(array[0], edit.value) if alike else edit.source))
    else:
        array = _at(document, edit.path)
        for at in reversed([at for at, entry in enumerate(array) if matches(entry, edit.value)]):
            del array[at]
        if not len(array) and edit.kind == EditKind.REMOVE_ENTRY_AND_EMPTY_LIST:
            _drop(tomlkit, document, edit.path)
    return str(tomlkit.dumps(document))


def _item(tomlkit: Any, literal: str) -> Any:
    return tomlkit.parse(f"item = {literal}\n")["item"]


def _drop(tomlkit: Any, document: Any, path: Path) -> None:
    holder = _at(document, path[:-1])
    if not isinstance(holder, tomlkit.items.InlineTable):
        del holder[path[-1]]
        return
    # tomlkit leaves the blanks on both sides of what it removes from an inline table.
    array = re.escape(holder[path[-1]].as_string())
    entry = rf"""["']?{re.escape(str(path[-1]))}["']?\s*=\s*{array}"""
    literal = re.sub(rf"\s*,\s*{entry}(?=\s*[,}}])|{entry}\s*(?:,\s*|(?=}}))", "", holder.as_string(), count=1)
    _at(document, path[:-2])[path[-2]] = _item(tomlkit, literal)


def _with_first(array: Any, value: str) -> str:
    """The source of an array with one entry more in front, formatted as the others are."""
    inner = array.as_string()[1:]
    if not inner.rstrip("]").strip():
        return f"[{source(value)}]"
    entry = _quoted_as(array[0], value) if len(array) else source(value)
    blank = re.match(r"\s*", inner)
    between = blank.group() if blank else ""
    # In one line the entries are one blank apart; in several, each is indented as the first is.
    return f"[{between}{entry},{between if chr(10) in between else ' '}{inner[len(between) :]}"


def _quoted_as(item: Any, value: str) -> str:
    """A string as TOML, in the quotes of another one."""
    single = hasattr(item, "as_string") and str(item.as_string()).startswith("'")
    return f"'{value}'" if single and not re.search(r"['\x00-\x1f]", value) else source(value)


def _with_key(text: str, edit: Edit) -> str:
    """``text`` with a new key below its table's header, or with the table at the end."""
    *above, last = edit.path
    header = ".".join(above)
    if isinstance(edit.value, list) and edit.value and isinstance(edit.value[0], dict) and last == "overrides":
        tables = "".join(
            f"\n[[{header}.{last}]]\n" + "".join(f"{key} = {source(value)}\n" for key, value in table.items())
            for table in edit.value
        )
        return text.rstrip("\r\n") + "\n" + tables
    line = f"{_key(last)} = {edit.source}\n"
    match = re.search(rf"^[ \t]*\[\s*{re.escape(header)}\s*\][^\n]*(\n|\Z)", text, re.MULTILINE)
    if not match:
        end = text.rstrip("\r\n")
        return (end + "\n\n" if end else "") + f"[{header}]\n{line}"
    # After the keys of the table, before the blank line or comment that belongs to the next one.
    section = text[match.end() :].partition("\n[")[0]
    own = toml.parse(section + "\n") if _is_toml(section) else {}
    at = match.end()
    if own:
        lines = section.splitlines(keepends=True)
        count = max(at for at in range(1, len(lines) + 1) if _adds(lines, at))
        at += sum(map(len, lines[:count]))
    return text[:at] + ("" if text[:at].endswith("\n") else "\n") + line + text[at:]


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else source(name)


def _is_toml(text: str) -> bool:
    try:
        toml.parse(text)
    except ValueError:  # tomllib's error is one
        return False
    return True


def _adds(lines: list[str], count: int) -> bool:
    """Whether the line before ``count`` ends a key."""
    before, after = "".join(lines[: count - 1]), "".join(lines[:count])
    return _is_toml(after) and (not _is_toml(before) or toml.parse(before) != toml.parse(after))


def source(value: Any) -> str:
    """A value as TOML, a list of tables one to a line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {source(entry)}" for key, entry in value.items()) + " }"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + "".join(f"    {source(table)},\n" for table in value) + "]"
    if isinstance(value, list):
        line = "[" + ", ".join(map(source, value)) + "]"
        return line if len(line) <= _WIDTH else "[\n" + "".join(f"    {source(entry)},\n" for entry in value) + "]"
    return json.dumps(value, ensure_ascii=False)
