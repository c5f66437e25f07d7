"""A tenth of the simulations of sample sizes, so that what is said of them stays true."""

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "sample_size.py"


@pytest.mark.simulation
def test_the_answers_asked_for_keep_the_promise():
    spec = importlib.util.spec_from_file_location("sample_size_promises", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.simulate(module.RUNS // 10)
    off = found["is"] - found["promised"]
    widths = found["promise"].str.endswith("longer arm")
    assert widths.sum() == 4
    assert len(found) == 13
    assert (off[widths] <= 3 * found["error"][widths]).all()  # no wider
    assert (off[widths] >= -0.005).all()  # and hardly narrower: samples vary less than their variance says on average
    assert (off[~widths].abs() <= 3 * found["error"][~widths]).all()
