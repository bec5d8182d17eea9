"""Newest sdists of real projects, pinned by version and digest; downloaded when a test asks for one."""

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
    index = _index() + "/" + re.sub(r"[-_.]+", "-", name) + "/"
    file = f"{name}-{version}.tar.gz"
    page = _download(index).decode("utf-8")
    (link,) = set(re.findall(rf'href="([^"#]*{re.escape(file)})["#]', page))
    content = _download(urljoin(index, link))
    assert hashlib.sha256(content).hexdigest() == digest
    (folder / file).write_bytes(content)
    with tarfile.open(folder / file) as sdist:
        sdist.extractall(folder)
    (tree,) = (path for path in folder.iterdir() if path.is_dir())
    return tree


def _index() -> str:
    """pip's own index: from its environment or its configuration, else PyPI."""
    command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    configured = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return (os.environ.get("PIP_INDEX_URL") or configured or "https://pypi.org/simple").rstrip("/")


def _download(url: str) -> bytes:
    context = ssl.create_default_context(cafile=os.environ.get("PIP_CERT"))
    with urlopen(url, timeout=180, context=context) as answer:
        return bytes(answer.read())
