"""One place where a project hard-codes what this backend decides, as values."""

from __future__ import annotations

from typing import NamedTuple, Union

from ...decide import pyo3
from ...errors import Place
from ...model.version import Python
from ...model.words import Word
from .feature_graph import FeatureKind, kind_of

KeyPath = tuple[Union[str, int], ...]  # keys, and numbers of array entries
Condition = tuple[tuple[str, str], ...]


class Origin(Word):
    """Where a declaration is written: a list of Cargo.toml, a table of pyproject.toml, or a file of setuptools."""

    DEPENDENCY = "dependency"
    WORKSPACE_DEPENDENCY = "workspace-dependency"
    CRATE_FEATURE = "crate-feature"
    MATURIN = "maturin"
    SETUPTOOLS_RUST = "setuptools-rust"
    DISTUTILS = "distutils"
    SETUP_PY = "setup.py"
    SETUP_CFG = "setup.cfg"


class Hardcoded(NamedTuple):
    """One declaration.

    ``feature`` is the word as it is written (``pyo3/abi3-py39``, ``abi3-py39`` in a dependency's list, ``cp39`` or
    ``true`` of py_limited_api), ``place`` its file and line.
    ``path`` leads to the list or value that contains it: ``("dependencies", "pyo3", "features")``; empty for setup.py.
    ``floor`` is the floor that it declares, if it does.
    ``on`` says whether a build enables it by default: False for a crate's own feature that nothing turns on.
    ``through`` is empty if the word itself is PyO3's; else it names the crate's own features that lead there, as in
    ``default = ["extension-module"]``: those are uses, and what they use has a declaration of its own.
    ``owner`` is the crate or extension that it belongs to; ``condition`` what a conditional entry of maturin's asks.
    """

    kind: FeatureKind
    feature: str
    where: Origin
    place: Place
    path: KeyPath
    floor: Python | None = None
    on: bool = True
    through: tuple[str, ...] = ()
    owner: str = ""
    condition: Condition = ()

    @property
    def file(self) -> str:
        """The file, relative to the project's folder."""
        return self.place.file

    @property
    def line(self) -> int | None:
        """The line in it, if it is known."""
        return self.place.line

    @property
    def name(self) -> str:
        """PyO3's name of what is written, where that is a feature of PyO3's: ``abi3-py39`` of ``pyo3/abi3-py39``."""
        return self.feature.rpartition("/")[2]


class Entry(NamedTuple):
    """A word of a feature list, before it is known which features of PyO3 it leads to; the fields are those of
    :class:`Hardcoded`."""

    feature: str
    where: Origin
    place: Place
    path: KeyPath
    on: bool = True
    owner: str = ""
    condition: Condition = ()

    def declares(self, feature: str, through: tuple[str, ...] = ()) -> Hardcoded:
        """The declaration of PyO3's ``feature`` by this entry."""
        kind = kind_of(feature)
        assert kind, feature
        return Hardcoded(
            kind=kind,
            feature=self.feature,
            where=self.where,
            place=self.place,
            path=self.path,
            floor=None if kind == FeatureKind.EXTENSION_MODULE else pyo3.feature_floor(feature, kind),
            on=self.on,
            through=through,
            owner=self.owner,
            condition=self.condition,
        )

    def limits_the_api(self, floor: Python | None = None) -> Hardcoded:
        """The declaration of py_limited_api by this entry."""
        return Hardcoded(
            kind=FeatureKind.ABI3,
            feature=self.feature,
            where=self.where,
            place=self.place,
            path=self.path,
            floor=floor,
            owner=self.owner,
        )
