"""The hello example with a test in Rust that asks Python something, and the verbs for cargo by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.examples import example

TEST = """
#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn python_answers() {
        let said: String = Python::attach(|py| {
            py.import("json").unwrap().call_method1("dumps", (greet("you"),)).unwrap().extract().unwrap()
        });
        assert_eq!(said, "\\"Hello, you, from Rust\\"");
    }
}
"""


def hello_with_a_test(tmp_path: Path) -> Path:
    folder = example("hello", tmp_path)
    library = folder / "src" / "lib.rs"
    library.write_text(library.read_text() + TEST)
    return folder


def command(project: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A verb: cargo, unless the first word is "env"."""
    verb = [] if words[0] == "env" else ["cargo"]
    return subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend", "-C", str(project), *verb, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
