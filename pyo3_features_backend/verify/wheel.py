"""Reads a wheel: its tags, its metadata, and the binaries in it (PEP 427, "Binary distribution format")."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from . import binary, formats
from .data import Content
from .tags import is_dotted, suffix
from .values import NO_BINARY, Binary, BinaryError, File, Tag, Wheel, WheelError

# What is read of one file, and of all files in a wheel; a file that inflates to more is not checked.
MOST_OF_FILE = 512 * 2**20
MOST_OF_WHEEL = 2 * 2**30
_IN_MEMORY = 32 * 2**20  # larger ones go through a temporary file
_MOST_METADATA = 4 * 2**20
_MOST_IN_NAME = 1000
_MOST_TAGS = 256 * 2**10  # of the WHEEL file
_BOMB = 100  # a large file that inflates to so many times its size is not a binary: those shrink to a half or a tenth
_MOST_MEMBERS = 500_000

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)
_LIBRARIES = (".so", ".dylib", ".dll", ".pyd")
_REPAIR = "build the wheel again; this one cannot be installed"


def parse_name(name: str) -> tuple[str, str, tuple[Tag, ...]]:
    """(project, version, tags) in the file name of a wheel, in the order of the name. Raises :class:`WheelError`."""
    parts = name[: -len(".whl")].split("-") if name.endswith(".whl") else []
    if (
        len(parts) not in (5, 6)
        or not all(parts)
        or not all(re.fullmatch(r"[A-Za-z0-9_.]+", part) for part in parts[-3:])
    ):
        raise WheelError(f"{name} is not a wheel name", hint="wheels are named NAME-VERSION-PYTHON-ABI-PLATFORM.whl")
    tags = _expanded(parts[-3:])
    if len(tags) > _MOST_IN_NAME:
        raise WheelError(f"{name} has more tags than any real wheel", hint=_REPAIR)
    return parts[0], parts[1], tuple(tags)


def _expanded(parts: Sequence[str]) -> list[Tag]:
    """The tags of a compressed set (PEP 425), up to one more than a name may have."""
    pythons, abis, platforms = (list(dict.fromkeys(part.split("."))) for part in parts)
    every = (Tag(p, a, s) for p in pythons for a in abis for s in platforms)
    return list(islice(every, _MOST_IN_NAME + 1))


class Archive:
    """An open wheel. Each method raises :class:`WheelError` for what cannot be read."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive, self._name = archive, name
        self._left = MOST_OF_WHEEL
        self._members = {member.filename: member for member in archive.infolist()}

    def check(self) -> None:
        """Raise if an installer would reject the members: a name outside of the wheel, or the same name twice."""
        names = [member.filename for member in self._archive.infolist()]
        if len(names) > _MOST_MEMBERS:
            raise WheelError(f"{self._name} has {len(names)} members, more than any real wheel", hint=_REPAIR)
        for name, count in Counter(names).items():
            if count > 1:
                raise WheelError(f"{self._name} has {name!r} {count} times", hint=_REPAIR)
            if name.startswith(("/", "\\")) or re.match("[A-Za-z]:", name) or ".." in re.split(r"[/\\]", name):
                raise WheelError(f"{self._name} has {name!r}, which is outside of the wheel", hint=_REPAIR)

    def folder(self) -> str:
        """The name of the .dist-info folder."""
        folders = {name.partition("/")[0] for name in self._members if name.partition("/")[0].endswith(".dist-info")}
        if len(folders) != 1:
            count = f"{len(folders)} .dist-info folders" if folders else "no .dist-info folder"
            raise WheelError(f"{self._name} has {count}", hint=_REPAIR)
        return folders.pop()

    def text(self, name: str, most: int = _MOST_METADATA) -> str:
        """The text of a small member, which has at most ``most`` bytes."""
        self.must_have(name)
        if self._members[name].file_size > most:
            raise WheelError(f"{name} in {self._name} is larger than in any real wheel", hint=_REPAIR)
        return self._read(name, most).decode("utf-8", "replace")

    def must_have(self, name: str) -> None:
        """Raise if there is no such member."""
        if name not in self._members:
            raise WheelError(f"{self._name} has no {name}", hint=_REPAIR)

    def files(self) -> tuple[File, ...]:
        """Every member that may be an extension module or a library, not read yet."""
        return tuple(_file(name) for name in self._members if _may_be_binary(name) and not _elsewhere(name))

    def packages(self) -> frozenset[str]:
        """The folders that have an ``__init__`` in Python."""
        names = [_installed(name) for name in self._members]
        return frozenset(name[: -len("/__init__.py")] for name in names if name.endswith("/__init__.py"))

    def read(self, file: File) -> File:
        """``file`` with its binary; with ``damage`` or ``skipped`` if it has one that is not read."""
        member = self._members[file.path]
        if not formats.is_binary(self._read(file.path, formats.START)):
            parsed = None if file.bundled else suffix(file.installed.rpartition("/")[2])
            # A plain .so can be anything, such as a script of the linker.
            return file._replace(skipped=NO_BINARY) if parsed and parsed[1].text != ".so" else file
        bomb = member.file_size > max(_IN_MEMORY, _BOMB * member.compress_size)
        if bomb or member.file_size > min(MOST_OF_FILE, self._left):
            size = member.file_size // 2**20
            return file._replace(skipped=f"it has {size} MiB")
        self._left -= member.file_size
        try:
            with self._content(member) as content:
                read: Binary = binary.read(content)
        except BinaryError as error:
            return file._replace(damage=error.message)
        return file._replace(binary=read)

    @contextmanager
    def _content(self, member: zipfile.ZipInfo) -> Iterator[Content]:
        if member.file_size <= _IN_MEMORY:
            yield self._read(member.filename, member.file_size)
            return
        import mmap
        import tempfile

        with tempfile.TemporaryFile() as file:
            with self._guarded(member.filename), self._archive.open(member) as stream:
                while part := stream.read(2**20):
                    file.write(part)
            file.flush()
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                yield content

    def _read(self, name: str, size: int) -> bytes:
        with self._guarded(name), self._archive.open(self._members[name]) as stream:
            return stream.read(size)

    @contextmanager
    def _guarded(self, name: str) -> Iterator[None]:
        member = self._members[name]
        if member.flag_bits & 1:
            raise WheelError(f"{name} in {self._name} is encrypted", hint=_REPAIR)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            message = f"{name} in {self._name} is compressed with method {member.compress_type}"
            raise WheelError(message, hint="PyPI accepts no other method than deflate")
        try:
            yield
        except _BROKEN as error:
            raise WheelError(f"{name} in {self._name} cannot be read: {error}", hint=_REPAIR) from None


@contextmanager
def open_wheel(path: Path) -> Iterator[Archive]:
    """The wheel at ``path``. Raises :class:`WheelError` if it is not a zip archive."""
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise WheelError(f"there is no {path.name}", hint="pass a wheel that exists") from None
    except OSError as error:
        raise WheelError(f"{path.name} cannot be read: {error.strerror}", hint="check its permissions") from None
    except _BROKEN as error:
        raise WheelError(f"{path.name} is not a wheel: {error}", hint="a wheel is a zip archive") from None
    with archive:
        yield Archive(archive, path.name)


def describe(archive: Archive, name: str) -> Wheel:
    """The wheel, with no binary read yet. Raises :class:`WheelError`."""
    project, _, tags = parse_name(name)
    archive.check()
    folder = archive.folder()
    archive.must_have(f"{folder}/RECORD")
    recorded = _values(archive.text(f"{folder}/WHEEL", _MOST_TAGS), "Tag")
    requires = _values(archive.text(f"{folder}/METADATA"), "Requires-Python")
    return Wheel(
        name=name,
        project=project,
        tags=tags,
        recorded=tuple(tag for words in recorded if len(parts := words.split("-")) == 3 for tag in _expanded(parts)),
        requires_python=requires[0] if requires and requires[0] else None,
        files=archive.files(),
        packages=archive.packages(),
    )


def _values(text: str, header: str) -> list[str]:
    """The values of a header. The text after the headers (METADATA's description) is not read."""
    lines = re.split(r"\r?\n", re.split(r"\r?\n\r?\n", text, maxsplit=1)[0])
    start = header.lower() + ":"
    return [line[len(start) :].strip() for line in lines if line.lower().startswith(start)]


def _may_be_binary(name: str) -> bool:
    """Whether a member has the name of a library, also of one with a version: ``libz.so.1.2``."""
    lower = name.lower()
    return lower.endswith(_LIBRARIES) or (".so." in lower and bool(re.search(r"\.so\.[\w.]+$", lower)))


def _installed(name: str) -> str:
    """Where a member is installed below site-packages."""
    folder, _, rest = name.partition("/")
    if folder.endswith(".data"):
        scheme, _, inner = rest.partition("/")
        return inner if scheme in ("purelib", "platlib") else name
    return name


def _elsewhere(name: str) -> bool:
    """Whether a member is a script, a header or data, which cannot be imported."""
    return _installed(name) == name and name.partition("/")[0].endswith(".data")


def _file(name: str) -> File:
    installed = _installed(name)
    folder, _, own = installed.rpartition("/")
    # No package has a dot in its name: x.libs of auditwheel, .dylibs of delocate, x.so.dSYM with debug information.
    bundled = "." in folder or (suffix(own) is None and not is_dotted(own))
    return File(name, installed, bundled)
