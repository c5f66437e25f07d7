"""The airport's drivers and quick wins, made once for all that only draw them."""

import pytest

import cxlens as cx


@pytest.fixture(scope="session")
def found():
    return cx.drivers(cx.datasets.load_airport().survey(), n_boot=100)


@pytest.fixture(scope="session")
def plan(found):
    study = cx.datasets.load_airport()
    return cx.quick_wins(found, study.initiatives(), touchpoint_map=study.map())
