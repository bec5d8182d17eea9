use pyo3::prelude::*;

/// A Python package with a private module in Rust.
#[pymodule]
mod _native {
    use super::*;

    #[pyfunction]
    fn double(number: i64) -> i64 {
        number * 2
    }
}
