use pyo3::prelude::*;

#[pyfunction]
fn double(number: i64) -> i64 {
    number * 2
}

#[pymodule]
fn legacy(_python: Python, module: &PyModule) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(double, module)?)
}
