//! A program that embeds Python; the auto-initialize feature starts the interpreter.

use pyo3::prelude::*;

fn main() -> PyResult<()> {
    Python::attach(|python| {
        let total: u64 = python.eval(c"sum(range(10))", None, None)?.extract()?;
        println!("Python says {total}");
        Ok(())
    })
}
