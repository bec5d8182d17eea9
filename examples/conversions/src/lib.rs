//! Each PyO3 conversion feature, used in both directions: Python to Rust and back.

use num_bigint::BigInt;
use num_complex::Complex64;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde::{Deserialize, Serialize};

#[pyfunction]
fn swap(map: hashbrown::HashMap<String, u64>) -> hashbrown::HashMap<u64, String> {
    map.into_iter().map(|(key, value)| (value, key)).collect()
}

#[pyfunction]
fn reversed(map: indexmap::IndexMap<String, u64>) -> indexmap::IndexMap<String, u64> {
    map.into_iter().rev().collect()
}

#[pyfunction]
fn squared(number: BigInt) -> BigInt {
    &number * &number
}

#[pyfunction]
fn turned(number: Complex64) -> Complex64 {
    number * Complex64::i()
}

#[pyclass]
#[derive(Serialize, Deserialize)]
struct Point {
    x: i64,
    y: i64,
}

#[pymethods]
impl Point {
    #[new]
    fn new(x: i64, y: i64) -> Self {
        Self { x, y }
    }
}

// A second block: the multiple-pymethods feature.
#[pymethods]
impl Point {
    fn sum(&self) -> i64 {
        self.x + self.y
    }
}

#[pyfunction]
fn to_json(point: Py<Point>) -> PyResult<String> {
    serde_json::to_string(&point).map_err(|error| PyValueError::new_err(error.to_string()))
}

#[pyfunction]
fn from_json(text: &str) -> PyResult<Py<Point>> {
    serde_json::from_str(text).map_err(|error| PyValueError::new_err(error.to_string()))
}

#[pymodule]
fn conversions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Point>()?;
    module.add_function(wrap_pyfunction!(swap, module)?)?;
    module.add_function(wrap_pyfunction!(reversed, module)?)?;
    module.add_function(wrap_pyfunction!(squared, module)?)?;
    module.add_function(wrap_pyfunction!(turned, module)?)?;
    module.add_function(wrap_pyfunction!(to_json, module)?)?;
    module.add_function(wrap_pyfunction!(from_json, module)?)
}
