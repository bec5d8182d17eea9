"""Calls a delegate's hook, and turns whatever the delegate does wrong into one message that names it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import BackendError, DelegateError

_ENDS = {
    "build_sdist": (".tar.gz", "an sdist"),
    "build_wheel": (".whl", "a wheel"),
    "build_editable": (".whl", "a wheel"),
}
_METADATA = (".dist-info", "a .dist-info folder")


def _fault(delegate: str, message: str) -> DelegateError:
    return DelegateError(
        f"{delegate} {message}",
        hint=f"this is a bug in the installed {delegate}: install another release, or report it to {delegate}",
    )


def found_hook(module: ModuleType, delegate: str, name: str) -> Callable[..., Any]:
    """The hook ``name`` of a delegate's module. Raises :class:`DelegateError` if it has none."""
    function = getattr(module, name, None)
    if not callable(function):
        raise _fault(delegate, f"has no hook {name}")
    hook: Callable[..., Any] = function
    return hook


@contextmanager
def same_folder() -> Iterator[None]:
    """After the block, the current folder is what it was before."""
    folder = os.getcwd()  # noqa: PTH109
    try:
        yield
    finally:
        with suppress(OSError):  # it has been removed, and the next hook says so
            os.chdir(folder)


def call(
    function: Callable[..., Any], arguments: tuple[object, ...], delegate: str, failed: Callable[[], DelegateError]
) -> object:
    """What the hook ``function`` returns. Restores the current folder afterwards, for the next hook.

    Raises what ``failed`` makes if it exits, and :class:`DelegateError` if it raises; its traceback is printed before,
    because it is the only thing that its authors can work with.
    """
    try:
        with same_folder():
            return function(*arguments)
    except SystemExit:
        raise failed() from None
    except BackendError:
        raise
    except Exception as error:
        import traceback

        own = error.__traceback__.tb_next if error.__traceback__ else None  # without the frame of this function
        traceback.print_exception(type(error), error, own, file=sys.stderr)
        text = f": {error}" if str(error) else ""
        message = f"{delegate} raised {type(error).__name__}{text}"
        raise DelegateError(message, hint=f"the traceback above comes from {delegate}") from None


def result(returned: object, folder: Path, hook: str, delegate: str) -> str:
    """The name that a hook returned, if the delegate made that file in ``folder``, and it is what the hook makes.

    Raises :class:`DelegateError`.
    """
    ending, what = _ENDS.get(hook, _METADATA)
    if not isinstance(returned, str):
        raise _fault(delegate, f"returned {returned!r} from {hook}, not the name of {what}")
    path = folder / Path(returned).name
    if path.name != returned or not returned.endswith(ending) or "\0" in returned:
        raise _fault(delegate, f"returned {returned!r} from {hook}, which is not the name of {what}")
    if not path.exists():
        there = ", ".join(sorted(entry.name for entry in folder.iterdir())) or "nothing"
        raise _fault(delegate, f"says that it made {returned}, but it made {there}")
    if hook == "build_sdist":
        import tarfile

        if not (path.is_file() and tarfile.is_tarfile(path)):
            raise _fault(delegate, f"made {returned}, which is not a tar archive")
    elif ending == ".whl":
        _check_wheel(path, delegate)
    elif not (path / "METADATA").is_file() or not (path / "METADATA").stat().st_size:
        raise _fault(delegate, f"made {returned} without METADATA")
    return returned


def _check_wheel(path: Path, delegate: str) -> None:
    """Raise :class:`DelegateError` if the file is not a zip archive with a .dist-info/WHEEL (PEP 427)."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            records = [name for name in names if name.endswith(".dist-info/WHEEL")]
            for name in records:
                archive.read(name).decode("utf-8")
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, RuntimeError, EOFError):
        raise _fault(delegate, f"made {path.name}, which is not a readable zip archive") from None
    if len(records) != 1:
        count = "no" if not records else str(len(records))
        raise _fault(delegate, f"made {path.name} with {count} .dist-info/WHEEL")
