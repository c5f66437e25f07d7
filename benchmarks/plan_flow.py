"""How long does it take from drivers to a plan? The airport sample, each step once after a first run to warm up.

``python benchmarks/plan_flow.py`` prints the table of benchmarks/README.md.
"""

from __future__ import annotations

from time import perf_counter

import cxlens as cx

CHANGES = {"Security": 0.5, "Signs": "standard"}


def flow() -> dict[str, float]:
    """Seconds of each step, drivers made before."""
    study = cx.datasets.load_airport()
    found, places, ideas = cx.drivers(study.survey()), study.map(), study.initiatives()
    limits, seconds, last = study.roadmap_plan.options, {}, perf_counter()

    def lap(step: str) -> None:
        nonlocal last
        seconds[step] = perf_counter() - last
        last = perf_counter()

    forecast = cx.what_if(found, CHANGES, touchpoint_map=places)
    lap("`what_if`, the slopes of all touchpoints with it")
    wins = cx.quick_wins(found, ideas, touchpoint_map=places)
    lap("`quick_wins`, one removal with it")
    wins.resolve_first()
    lap("`resolve_first`")
    plan = cx.roadmap(wins, **limits, resolves=0)
    lap("`roadmap` without re-solves")
    plan.buy_in(), plan.forecasts()
    lap("`buy_in` and `forecasts`")
    seconds["all of these"] = sum(seconds.values())
    sliders = forecast.explore()
    last = perf_counter()
    sliders.controls["Shops"].value = 0.25
    lap("a slider of `what_if(...).explore()`")
    board = wins.explore()
    last = perf_counter()
    board.step(str(ideas["name"].iloc[0]), effort=1)
    lap("a move on the impact-effort matrix")
    last = perf_counter()
    cx.roadmap(wins, **limits)
    lap("`roadmap` with 20 re-solves")
    return seconds


if __name__ == "__main__":
    flow()
    print("| step | seconds |\n|---|---|")
    for step, seconds in flow().items():
        print(f"| {step} | {seconds:.2f} |")
