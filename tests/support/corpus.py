"""Newest sdists and wheels of real projects, pinned by version and digest; downloaded when a test asks for one."""

from __future__ import annotations

import hashlib
import os
import random
import re
import ssl
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

from support.seed import SEED

# name as in the file's name -> (version, sha256 of the sdist)
SDISTS = {
    "adblock": ("0.4.4", "43a5514e57f1cb79d38967b778f0cbd0e362f768dd811bd67f3f9937566ab34e"),
    "ahocorasick_rs": ("1.0.3", "579d37070a7c21da9cd9988b9fb471297273b60cb4126586d6dcd99faafc5ca5"),
    "bcrypt": ("5.0.0", "f748f7c2d6fd375cc93d3fba7ef4a9e3a092421b8dbf34d8d4dc06be9492dfdd"),
    "cbor2": ("6.3.0", "fd4d6b3533e966eec3fb33ce0f17e925fc09b512500ab7770867ebec7d7d5dc1"),
    "dulwich": ("1.2.21", "5d3939f64883e6799614cab708ef4ee9ef415dd6dcad47527cdbb0eea43bf3a2"),
    "fast_geodist": ("0.4.0", "ef291fd2119be372b198f106b820af98858481319f5192fbe012f4430b51ccf0"),
    "jiter": ("0.19.0", "ba3064f8be276d7cfb83c2fb85c858be533da2c2f80f9b048c3781b45a57a195"),
    "pyromark": ("0.10.3", "895c32955b138b41db51cc1544e931647d2c644512990b21f46c50078285f1d6"),
    "pyxirr": ("0.10.8", "a5620dd76015444f26f805c4983a41664898fbf2a74956a28589b171ed96d2f5"),
    "rbloom": ("1.5.4", "ea6804f837c14d8ff041b07df8666798ac1ddcab709e139d06b0ea69d627f827"),
    "rpds_py": ("2026.9.1", "4793ef7f78268b124b73fa933440f01d258bbae01de9fa53e9080c9ab0425a12"),
    "setuptools_rust": ("1.13.0", "f2afcf4baeee689910ce49cfa8aad4e08cce72f417449bcc32891b8664fdc726"),
    "tiktoken": ("0.14.0", "231dec90efcdccf1b565a1416107736f1e09b1a08fe736ef9d6363e626d03874"),
    "uuid_utils": ("1.2.0", "8a8bd1120a8bc5a6656a1c580d66a050af430b05d017da526ec0b0a06715bf70"),
    "watchfiles": ("1.3.0", "99aee4a07847c06820765fd7b1b49ceac4f3f711ccb7d104655a33231de1c207"),
    "whenever": ("0.11.0", "e458c72a08fb03cab5adedfd2b34aa35c389091f07f73892a1fb281742535a5c"),
}

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
    """The cases of one seed: a third of them, and those of three seeds in a row from a multiple of three are all."""
    if os.environ.get("PFB_CORPUS") == "all":
        return list(SETUPTOOLS_CASES)
    number = int(seed) if seed.isdecimal() else random.Random(seed).getrandbits(32)
    shuffled = random.Random(number // 3).sample(SETUPTOOLS_CASES, len(SETUPTOOLS_CASES))
    return sorted(shuffled[number % 3 :: 3])


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
    (folder / file).write_bytes(_file(name, file, digest))
    with tarfile.open(folder / file) as sdist:
        sdist.extractall(folder)
    (tree,) = (path for path in folder.iterdir() if path.is_dir())
    return tree


def fetch_wheel(name: str, folder: Path) -> Path:
    """A wheel, downloaded and checked, in ``folder``."""
    path = folder / name
    path.write_bytes(_file(name.partition("-")[0], name, WHEELS[name]))
    return path


def _file(project: str, file: str, digest: str) -> bytes:
    """The content of a project's file on the index."""
    index, page = _page(project)
    (link,) = set(re.findall(rf'href="([^"#]*{re.escape(file)})["#]', page))
    content = _download(urljoin(index, link))
    assert hashlib.sha256(content).hexdigest() == digest
    return content


def listing(project: str) -> list[str]:
    """The names of all wheels of a project on the index."""
    return sorted(set(re.findall(r">\s*([\w.+-]+\.whl)\s*<", _page(project)[1])))


def _page(project: str) -> tuple[str, str]:
    """The address and the text of a project's page on the index."""
    address = _index() + "/" + re.sub(r"[-_.]+", "-", project) + "/"
    return address, _download(address).decode("utf-8")


def _index() -> str:
    """pip's own index: from its environment or its configuration, else PyPI."""
    command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    configured = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return (os.environ.get("PIP_INDEX_URL") or configured or "https://pypi.org/simple").rstrip("/")


def _download(url: str) -> bytes:
    context = ssl.create_default_context(cafile=os.environ.get("PIP_CERT"))
    with urlopen(url, timeout=180, context=context) as answer:
        return bytes(answer.read())
