"""The lists that benchmarks/roadmap.py plans for are as large and as limited as it says, and plans keep the limits."""

import importlib.util
from pathlib import Path

import numpy as np

from cxlens.stats.schedule import keeps, schedule, worth

FILE = Path(__file__).parent.parent / "benchmarks" / "roadmap.py"


def test_large_lists_get_a_plan_that_keeps_every_limit():
    spec = importlib.util.spec_from_file_location("large_road_maps", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for seed in (0, 8):
        problem = module.simulated(seed)
        assert (len(problem.values), len(problem.budget), problem.needs.shape[1]) == (60, 8, 4)
        assert (len(problem.prerequisites), len(problem.exclusions), problem.must.sum()) == (30, 10, 2)
        assert np.unique(np.concatenate([one.members for one in problem.shared])).size == 60
        found = schedule(problem, time_limit=1.5)
        assert keeps(problem, found.starts)
        assert worth(problem, found.starts) == found.objective <= found.bound
        assert found.objective > 0
