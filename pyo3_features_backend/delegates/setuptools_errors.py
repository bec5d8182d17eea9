"""Turns an exception in setup.py or setuptools into one message with its place."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import BackendError, DelegateError, Place

_PACKAGE = str(Path(__file__).parent.parent)
_SCRIPT = "<string>"  # build_meta executes setup.py as a string


@contextmanager
def translated(root: Path, failure: Callable[[], DelegateError]) -> Iterator[None]:
    """Turn an exception of setup.py in ``root`` or of setuptools into a :class:`DelegateError`.

    A :class:`BackendError` is passed on. ``failure`` makes the error for a compile that fails.
    """
    try:
        yield
    except BackendError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error.__cause__, BackendError):
            raise error.__cause__ from None
        frames = [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
        if not isinstance(error, SystemExit) and frames[-1][0].startswith(_PACKAGE):
            raise  # a bug of this backend: keep its traceback
        raise _translate(error, frames, root, failure) from None


def _translate(
    error: BaseException, frames: list[tuple[str, int]], root: Path, failure: Callable[[], DelegateError]
) -> DelegateError:
    """The error for an exception; ``frames`` has (file, line) of each frame of its traceback."""
    script = (root / "setup.py").is_file()
    lines = [line for file, line in frames if file == _SCRIPT]
    if isinstance(error, SyntaxError) and error.filename == _SCRIPT and script:
        return DelegateError(
            f"setup.py is not valid Python: {error.msg}",
            place=Place("setup.py", error.lineno),
            hint="correct that line",
        )
    by_script = script and bool(lines) and not _inside_setup(frames)
    place = Place("setup.py", lines[-1]) if script and lines else Place("pyproject.toml")
    if by_script and isinstance(error, SystemExit):
        return DelegateError(
            f"setup.py ends the build: sys.exit({error.code!r})",
            place=place,
            hint="a build calls setup() and nothing that ends the program",
        )
    if by_script and isinstance(error, ModuleNotFoundError):
        return DelegateError(
            f"setup.py imports {error.name}, which is not installed",
            place=place,
            hint="add it to build-system.requires (without build isolation: install it first); a module next to "
            'setup.py needs backend-path = ["."] or sys.path',
        )
    if by_script:
        return DelegateError(f"setup.py raises {type(error).__name__}: {error}", place=place, hint="correct setup.py")
    if isinstance(error, SystemExit):  # how setuptools reports its errors; nothing has printed the message yet
        text = str(error.code).removeprefix("error: ")
        if text.startswith(("usage:", "error in ")):
            return DelegateError(f"setuptools stopped: {text}", place=place, hint="fix what setuptools reports above")
        if "cargo" in text:
            failed = failure()
            return DelegateError(f"{failed.message}: {text}", hint=failed.hint)
        return DelegateError(f"setuptools stopped: {text}", hint="see its output above")
    if "No distribution was found" in str(error):
        return DelegateError(
            "setup.py ends without calling setup()", place=Place("setup.py"), hint="call setup(): it builds the wheel"
        )
    file, line = frames[-1]
    return DelegateError(
        f"setuptools stopped: {type(error).__name__}: {error}",
        place=place,
        hint=f"raised at {Path(file).name}:{line}",
    )


def _inside_setup(frames: list[tuple[str, int]]) -> bool:
    """Whether setup() was running: distutils' core was called from setup.py's last frame."""
    last = max(number for number, (file, _) in enumerate(frames) if file == _SCRIPT)
    return any(Path(file).name == "core.py" and "distutils" in file for file, _ in frames[last:])
