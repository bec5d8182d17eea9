"""Newest sdists and wheels of real projects, pinned by version and digest; downloaded when a test asks for one.

The sdists are listed in tools/corpus/projects.py.
"""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

from corpus.index import content
from corpus.projects import FIRST
from support.seed import SEED, part

# name as in the file's name -> (version, sha256 of the sdist); the golden files are of these.
SDISTS = {project.name: (project.version, project.sha256) for project in FIRST}

# The file name of a wheel -> its sha256. Of several backends, platforms and formats: an abi3 wheel made by
# setuptools-rust (bcrypt, cryptography), by maturin (watchfiles), with cffi (PyNaCl), in C (psutil), in C++ (libsass,
# shiboken6), and one with nothing but libraries (pycryptodome); eclipse-zenoh is not for the Python of its tag.
WHEELS = {
    "bcrypt-5.0.0-cp39-abi3-macosx_10_12_universal2.whl": (
        "0c418ca99fd47e9c59a301744d63328f17798b5947b0f791e9af3c1c499c2d0a"
    ),
    "bcrypt-5.0.0-cp39-abi3-win_amd64.whl": "64ee8434b0da054d830fa8e89e1c8bf30061d539044a39524ff7dec90481e5c2",
    "cryptography-48.0.1-cp311-abi3-win32.whl": "b9a32b876490d66c8bcc9963ef220199569748434ab01a9d6aaeabf88e7f5158",
    "pynacl-1.6.2-cp38-abi3-macosx_10_10_universal2.whl": (
        "c949ea47e4206af7c8f604b8278093b674f7c79ed0d4719cc836902bf4517465"
    ),
    "psutil-7.2.2-cp36-abi3-manylinux2010_x86_64.manylinux_2_12_x86_64.manylinux_2_28_x86_64.whl": (
        "076a2d2f923fd4821644f5ba89f059523da90dc9014e85f8e45a5774ca5bc6f9"
    ),
    "watchfiles-1.3.0-cp310-abi3-macosx_11_0_arm64.whl": (
        "bbc1198edfdc90fda0600f825aa94150f428dfcbf8138746f55998e0e660d64c"
    ),
    "rpds_py-2026.9.1-cp311-cp311-win_amd64.whl": "ce4d4f52e2a4324396caddbd45a97d8d7be5f42edd25d2355282a9c34f9b2f7f",
    "libsass-0.23.0-cp38-abi3-manylinux_2_5_x86_64.manylinux1_x86_64.whl": (
        "4a218406d605f325d234e4678bd57126a66a88841cb95bee2caeafdc6f138306"
    ),
    "shiboken6-6.9.3-cp39-abi3-macosx_12_0_universal2.whl": (
        "e9b240828790b8e21a50e66449a5aa8b99f9b8a538c80c1a325fa04f8364985e"
    ),
    "pycryptodome-4.4.0-cp39-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl": (
        "32c1a3d98c93d92c2f2a45d6cc9c79fb8d7552aca1bd9a764209a3309bf6a7b1"
    ),
    "eclipse_zenoh-1.8.0-cp38-cp38-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": (
        "3293189039f5ba013881bca2102277a12988d7fbd9755eb15d8844fdca120355"
    ),
}

# Of the sdist of setuptools-rust.
SETUPTOOLS_EXAMPLES = (
    "generated-files",
    "hello-world",
    "hello-world-script",
    "hello-world-setuppy",
    "html-py-ever",
    "namespace_package",
    "rust_with_cffi",
)
# What is built through setuptools-rust; a case takes minutes, so each day has its part of them.
SETUPTOOLS_CASES = (*SETUPTOOLS_EXAMPLES, "bcrypt", "cbor2", "tiktoken")


def chosen(seed: str = SEED) -> list[str]:
    """The cases of one seed: a third of them."""
    return list(SETUPTOOLS_CASES) if everything() else sorted(part(SETUPTOOLS_CASES, 3, seed))


def everything() -> bool:
    """Whether the run is of all cases, and not of the day's part."""
    return os.environ.get("PFB_CORPUS") == "all"


def outside_of_pytest() -> dict[str, str]:
    """The environment for another project's pytest: ours tells its plugins that they are in a run of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def fetch(name: str, folder: Path) -> Path:
    """The sdist of a project, downloaded and checked, as an unpacked tree in the new ``folder``.

    From the index that pip uses, without pip: `pip download` of an sdist runs its metadata hook, which needs tools.
    """
    version, digest = SDISTS[name]
    folder.mkdir(parents=True)
    file = f"{name}-{version}.tar.gz"
    (folder / file).write_bytes(content(name, file, digest))
    with tarfile.open(folder / file) as sdist:
        sdist.extractall(folder)
    (tree,) = (path for path in folder.iterdir() if path.is_dir())
    return tree


def fetch_wheel(name: str, folder: Path) -> Path:
    """A wheel, downloaded and checked, in ``folder``."""
    path = folder / name
    path.write_bytes(content(name.partition("-")[0], name, WHEELS[name]))
    return path
