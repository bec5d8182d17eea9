"""What one minor release of PyO3 supports."""

from __future__ import annotations

from typing import NamedTuple

from ..model.version import Python


class Release(NamedTuple):
    """A minor release of PyO3, such as "0.30". A limit that the release does not have or check is None.

    ``msrv`` is the oldest Rust version that it supports. ``abi3_max`` is the highest floor that has a feature, and
    ``abi3_max_effective`` the highest floor that the compiled code really has. ``works_max`` is the highest CPython
    for which a version-specific wheel compiles and does not crash, of a release whose build script lets every Python
    pass: 3.11 was seen by compiling, and from 3.14 on a tuple has another layout (PyO3 writes it down as
    ``PyTupleObject``), so that a call with arguments crashes. ``graalpy_min`` is a version of GraalPy,
    ``graalpy_python_max`` a version of the Python that it implements. ``notes`` are for readers of the table.
    """

    series: str
    cpython_min: Python
    abi3_min: Python
    abi3_max_effective: Python
    msrv: str | None = None
    cpython_max: Python | None = None
    works_max: Python | None = None
    abi3_max: Python | None = None
    pypy_min: Python | None = None
    pypy_max: Python | None = None
    graalpy_min: Python | None = None
    graalpy_python_max: Python | None = None
    free_threaded_min: Python | None = None
    abi3t_min: Python | None = None
    notes: str = ""
