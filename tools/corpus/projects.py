"""The real projects: pinned sdists on PyPI, and what each needs for its build and its tests."""

from __future__ import annotations

from typing import NamedTuple


class Edit(NamedTuple):
    """What an author has to change by hand, because `migrate` refuses it and says so."""

    file: str
    old: str
    new: str


class Project(NamedTuple):
    """A pinned sdist, and how it is tried.

    ``settings`` is what its author writes into our table, ``tests`` the folder for pytest or the script with its tests
    in the sdist, and ``needs`` what they import; ``imports`` is what the extension itself imports. ``environ`` are
    variables for all that is run. A project that cannot be built here has the reason in ``not_run``.
    """

    name: str
    version: str
    sha256: str
    settings: str = ""
    tests: str = ""
    needs: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    environ: tuple[tuple[str, str], ...] = ()
    not_run: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """What the results of earlier runs have to be about."""
        return f"{self.version} {self.sha256} {self.settings} {self.edits}"


_CALLS_OURS = (
    Edit("_custom_pybuild/backend.py", "from setuptools import build_meta as", "import pyo3_features_backend as"),
    Edit("_custom_pybuild/backend.py", "from setuptools.build_meta import *", "from pyo3_features_backend import *"),
    # Its setup.py has no extension for PyPy, which only setuptools-rust can know.
    Edit("_custom_pybuild/backend.py", "return []", 'return ["setuptools-rust"]'),
)
_BUFFERS = 'abi3 = "3.11"'

# The golden files of tests/corpus are of these.
FIRST = (
    Project(
        "adblock",
        "0.4.4",
        "43a5514e57f1cb79d38967b778f0cbd0e362f768dd811bd67f3f9937566ab34e",
        not_run="it needs a release of a crate that has been yanked",
    ),
    Project(
        "ahocorasick_rs",
        "1.0.3",
        "579d37070a7c21da9cd9988b9fb471297273b60cb4126586d6dcd99faafc5ca5",
        settings=_BUFFERS,
        tests="tests",
        needs=("hypothesis",),
        note="its code needs `pyo3::buffer`, so 3.11",
    ),
    Project(
        "bcrypt",
        "5.0.0",
        "f748f7c2d6fd375cc93d3fba7ef4a9e3a092421b8dbf34d8d4dc06be9492dfdd",
        tests="tests",
    ),
    Project(
        "cbor2",
        "6.3.0",
        "fd4d6b3533e966eec3fb33ce0f17e925fc09b512500ab7770867ebec7d7d5dc1",
        settings=_BUFFERS,
        tests="tests",
        needs=("hypothesis",),
        note="its code needs `pyo3::buffer`, so 3.11",
    ),
    Project(
        "dulwich",
        "1.2.21",
        "5d3939f64883e6799614cab708ef4ee9ef415dd6dcad47527cdbb0eea43bf3a2",
        note="three extensions in one wheel",
    ),
    Project(
        "fast_geodist",
        "0.4.0",
        "ef291fd2119be372b198f106b820af98858481319f5192fbe012f4430b51ccf0",
        note="PyO3 0.17, which knows no Python after 3.11",
    ),
    Project(
        "jiter",
        "0.19.0",
        "ba3064f8be276d7cfb83c2fb85c858be533da2c2f80f9b048c3781b45a57a195",
    ),
    Project(
        "pyromark",
        "0.10.3",
        "895c32955b138b41db51cc1544e931647d2c644512990b21f46c50078285f1d6",
    ),
    Project(
        "pyxirr",
        "0.10.8",
        "a5620dd76015444f26f805c4983a41664898fbf2a74956a28589b171ed96d2f5",
        note="a cargo feature of its own goes with the stable ABI: `migrate` writes that down",
    ),
    Project(
        "rbloom",
        "1.5.4",
        "ea6804f837c14d8ff041b07df8666798ac1ddcab709e139d06b0ea69d627f827",
        tests="tests/api_test.py",
    ),
    Project(
        "rpds_py",
        "2026.9.1",
        "4793ef7f78268b124b73fa933440f01d258bbae01de9fa53e9080c9ab0425a12",
        tests="tests",
    ),
    Project(
        "setuptools_rust",
        "1.13.0",
        "f2afcf4baeee689910ce49cfa8aad4e08cce72f417449bcc32891b8664fdc726",
        not_run="it is here for its examples, which tests/corpus builds",
    ),
    Project(
        "tiktoken",
        "0.14.0",
        "231dec90efcdccf1b565a1416107736f1e09b1a08fe736ef9d6363e626d03874",
        settings=_BUFFERS,
        note="its code needs `__getbuffer__`, so 3.11; its tests download vocabularies",
    ),
    Project(
        "uuid_utils",
        "1.2.0",
        "8a8bd1120a8bc5a6656a1c580d66a050af430b05d017da526ec0b0a06715bf70",
        tests="tests",
    ),
    Project(
        "watchfiles",
        "1.3.0",
        "99aee4a07847c06820765fd7b1b49ceac4f3f711ccb7d104655a33231de1c207",
        tests="tests",
        needs=("anyio", "dirty-equals", "pytest-mock", "pytest-timeout"),
    ),
    Project(
        "whenever",
        "0.11.0",
        "e458c72a08fb03cab5adedfd2b34aa35c389091f07f73892a1fb281742535a5c",
        tests="tests",
        needs=("hypothesis", "tzdata", "pytest-benchmark", "pytest-mypy-plugins"),
        edits=_CALLS_OURS,
        note="raw FFI and a backend of its own, which has to call ours: stays version-specific",
    ),
)

MORE = (
    Project(
        "arro3_core",
        "0.9.1",
        "bb12dca132b26142fb80a4270d5cc707df4f60c2a927a45c8f0e204e9354ae78",
    ),
    Project(
        "blake3",
        "1.0.9",
        "5fa374fa5070ca084368776c19b420157eb0f2d3f091343d6bc59189929d62e2",
        tests="tests",
        needs=("numpy",),
    ),
    Project(
        "cmsis_pack_manager",
        "0.6.0",
        "94913a3db9695f8d0676a4a74916a5626984e2b46f923ada61881e4f5064079e",
        environ=(("RUSTUP_TOOLCHAIN", "nightly"),),
        note="cffi and no PyO3: passes through; its build script needs a nightly Rust",
    ),
    Project(
        "cryptography",
        "50.0.2",
        "7b46165bb56eb4704e2eaaf86f3c940d19154535d9b0ca7d6d590b04060e00d5",
        imports=("cffi",),
        note="PyO3 and cffi in one module; needs OpenSSL's headers",
    ),
    Project(
        "glean_sdk",
        "71.0.0",
        "cbbe7dbb303157b059feec5b96b9187a45967e952aa3ed278c34c783ac65b72b",
        note="uniffi and no PyO3: passes through",
    ),
    Project(
        "hypothesis",
        "6.170.17",
        "bec862247cab5e55f566f9c97f05c9403950609772cad0d13392d64413a3d858",
    ),
    Project(
        "orjson",
        "3.13.0",
        "d1de5eb04485110c5da4c657e49168995d55e076b1ce60f1a042e254f4186c4f",
        tests="test",
        needs=("python-dateutil", "pytz"),
        note="raw FFI; its build script announces a path that is not there, so cargo compiles it each time",
    ),
    Project(
        "powerboxes",
        "0.3.1",
        "84a30386c6c16ed8de227ede3d654c6dc423e22f960e6401def5ca84259a94a5",
        note="rust-numpy; its tests need torch",
    ),
    Project(
        "py_rust_stemmers",
        "0.1.8",
        "6b0f6f48bc54d607aed802de872fcd5a71bae969a6760976dc78ce55e8eaf3da",
        note="its tests import a module of another name",
    ),
    Project(
        "pydantic_core",
        "2.50.5",
        "1e740886083ff95530d694e6a3f09ed914bcf92a496d16acd307c6c3484fc36d",
        tests="tests",
        needs=(
            "dirty-equals",
            "hypothesis",
            "inline-snapshot",
            "pytest-examples",
            "pytest-benchmark",
            "pytest-mock",
            "pytest-timeout",
            "typing-inspection",
        ),
    ),
    Project(
        "y_py",
        "0.6.2",
        "4757a82a50406a0b3a333aa0122019a331bd6f16e49fed67dca423f928b3fd4d",
        note="PyO3 0.16",
    ),
)
PROJECTS = (*FIRST, *MORE)
