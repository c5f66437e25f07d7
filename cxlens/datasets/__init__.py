"""Data to learn and to test with: a simulator with known truth, samples that ship, the real airport survey.

Each name is loaded when it is first used. Only `load_sfo` may touch the network; no figure is computed here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # editors and mypy read these lines, Python does not
    from cxlens.datasets.samples import airport_truth, chain_truth, load_airport, load_cdnow, load_chain, sample_folder
    from cxlens.datasets.sfo import load_sfo
    from cxlens.datasets.sfo_stand_in import write_sfo_stand_in
    from cxlens.datasets.simulate import Intervention, SegmentSpec, TouchpointSpec, Truth, simulate_survey

__all__ = [
    "Intervention", "SegmentSpec", "TouchpointSpec", "Truth", "airport_truth", "chain_truth", "load_airport",
    "load_cdnow", "load_chain", "load_sfo", "sample_folder", "simulate_survey", "write_sfo_stand_in",
]  # fmt: skip

_MODULES = {
    "samples": ["airport_truth", "chain_truth", "load_airport", "load_cdnow", "load_chain", "sample_folder"],
    "sfo": ["load_sfo"],
    "sfo_stand_in": ["write_sfo_stand_in"],
    "simulate": ["Intervention", "SegmentSpec", "TouchpointSpec", "Truth", "simulate_survey"],
}
_HOMES = {name: f"cxlens.datasets.{module}" for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a name from its home on first use (PEP 562), and keep it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cxlens.datasets' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
