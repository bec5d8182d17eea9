"""Digests of files, remembered and made again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3_features_backend.rebuild import content

OLD = 1_000_000_000_000_000_000  # ns


steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([b"", b"one", b"two", None]), st.sampled_from([OLD, OLD + 1, 0])),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_a_remembered_digest_is_that_of_the_content(tmp_path: Path, steps: list[tuple[str, bytes | None, int]]) -> None:
    memory = tmp_path / "files.json"
    for name, data, time in steps:
        file = tmp_path / name
        if data is None:
            file.unlink(missing_ok=True)
        else:
            file.write_bytes(data)
            if time:
                os.utime(file, ns=(time, time))
        digests = content.Memory(memory)
        for known in "abc":
            assert digests.of(str(tmp_path / known)) == content.hashed(str(tmp_path / known))
        digests.save()


@pytest.mark.skipif(os.name == "nt", reason="not run: there the times do not tell")
def test_a_settled_file_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_text("text")
    first = content.Digests()
    first.of(str(file))
    read: list[str] = []

    def hashed(path: str) -> str:
        read.append(path)
        return "digest"

    monkeypatch.setattr(content, "hashed", hashed)
    settled = file.stat().st_ctime_ns + 3_000_000_000
    content.Digests(first.seen, settled).of(str(file))
    assert read == []
    content.Digests(first.seen, settled - 2_000_000_000).of(str(file))
    assert read == [str(file)]
