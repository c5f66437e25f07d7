"""Employees beside customers: planted misjudgements, agreement of lists, stated beside derived importance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlens as cx
from cxlens.errors import OptionError, ValuesError
from tests.stages.baseline.test_rivals import NAMES, simulated

MEANS = {name: 0.15 * k for k, name in enumerate(NAMES)}


def test_what_employees_misjudge_is_found():
    staff = simulated(80, 1, {**MEANS, "t0": 0.9})
    view = cx.baseline(simulated(900, 0, MEANS), employees=staff).employees()
    table = view.table.set_index("touchpoint")
    assert table["q_value"].idxmin() == "t0"
    assert table.loc["t0", "difference_high"] < 0
    assert table.index[0] == "t0"  # what is thought too well of comes first
    finding, row = view.finding, view.table.iloc[0]
    assert finding.title == (
        f"Staff rate t0 higher than customers by {-row['difference']:.2f} ({row['mean_employees']:.2f} against "
        f"{row['mean']:.2f})"
    )
    assert finding.interval == f"[{-row['difference_high']:.2f}, {-row['difference_low']:.2f}]"
    assert finding.certainty == f"clear in {(table['q_value'] < 0.05).sum()} of 8 comparisons"
    assert finding.n == "80 and 900"
    shared = view.parts["agreement"]["shared"].iloc[0]
    assert finding.more == [f"{shared} of the 5 lowest rated are on both lists"]


def test_what_employees_think_too_ill_of_is_said_so():
    staff = simulated(80, 1, {**MEANS, "t7": 0.2})
    view = cx.baseline(simulated(900, 0, MEANS), employees=staff).employees()
    assert view.finding.lead == "Staff rate t7 lower than customers"


def test_the_agreement_of_the_lists_by_hand():
    view = cx.baseline(simulated(900, 0, MEANS), employees=simulated(300, 1, MEANS)).employees(k=3)
    one, table = view.parts["agreement"].iloc[0], view.table
    theirs = stats.spearmanr(table["mean"], table["mean_employees"])
    assert one["correlation"] == pytest.approx(theirs.statistic)
    assert one["p_value"] == pytest.approx(theirs.pvalue)
    lowest = [set(table.nsmallest(3, name)["touchpoint"]) for name in ("mean", "mean_employees")]
    assert one["shared"] == len(lowest[0] & lowest[1])
    assert one["expected"] == pytest.approx(9 / 8)
    assert one["p_shared"] == pytest.approx(stats.hypergeom(8, 3, 3).sf(one["shared"] - 1))


@pytest.mark.parametrize("form", ["mapping", "survey"])
def test_stated_beside_derived_importance(form):
    ours = simulated(900, 0)
    said = {name: 5 - 0.5 * k for k, name in enumerate(NAMES)}
    if form == "survey":
        frame = pd.DataFrame([said, said]).assign(y=1)
        stated = cx.Survey(frame, touchpoints=NAMES, outcome="y")
    else:
        stated = said
    view = cx.baseline(ours, employees=simulated(60, 1)).employees(
        drivers=cx.drivers(ours, n_boot=0), stated=stated, k=3
    )
    table = view.table.set_index("touchpoint")
    assert table["rank_stated"].sort_values().index.tolist() == NAMES
    assert set(table["rank_derived"].nsmallest(3).index) == {"t0", "t1", "t2"}  # the three with an effect
    both = view.parts["agreement"].set_index("what").loc["importance, highest first"]
    assert both["shared"] == 3


def test_a_workshop_of_few_is_blank():
    view_of = cx.baseline(simulated(300, 0), employees=simulated(4, 1))
    with pytest.raises(ValuesError) as error:
        view_of.employees()
    assert str(error.value) == (
        "employees and customers share fewer than two touchpoints of 5 answers. Ours: t0, t1, t2, t3, t4, t5, t6, t7; "
        "theirs: t0, t1, t2, t3, t4, t5, t6, t7. Name them alike."
    )


def test_what_is_refused():
    ours = simulated(100, 0)
    drivers, by = cx.drivers(ours, n_boot=0), cx.drivers(ours, by="who", n_boot=0)
    base = cx.baseline(ours, employees=simulated(50, 1))
    cases = [
        (lambda: cx.baseline(ours).employees(), OptionError,
         "no employees here. Give cx.baseline(..., employees=staff_survey)."),
        (lambda: base.employees(drivers=drivers), OptionError,
         "employees: derived importance (drivers) and stated go together. Give both or neither."),
        (lambda: base.employees(k=0), ValuesError, "k=0 lists nothing. Give a whole number of 1 or more; 5 is usual."),
        (lambda: base.employees(drivers=by, stated={"t0": 1}), OptionError,
         "employees: drivers are by 'who'. Give cx.drivers(survey) without by=."),
        (lambda: base.employees(drivers=drivers, stated={"t0": "hi"}), ValuesError,
         "stated importance of 't0' must be a number, found 'hi'. Write figures only, with a decimal point."),
        (lambda: base.employees(drivers=drivers, stated={"x": 1}), ValuesError,
         "stated importance names fewer than two touchpoints of the drivers: x. "
         "Touchpoints: t0, t1, t2, t3, t4, t5, t6, t7."),
    ]  # fmt: skip
    for ask, kind, text in cases:
        with pytest.raises(kind) as error:
            ask()
        assert str(error.value) == text


def test_the_same_is_asked_of_other_answers():
    ours, part = simulated(900, 0), simulated(300, 2)
    said = {name: 5 - 0.5 * k for k, name in enumerate(NAMES)}
    staff = simulated(60, 1)
    view = cx.baseline(ours, employees=staff).employees(drivers=cx.drivers(ours, n_boot=0), stated=said, k=3)
    own = cx.baseline(part, employees=staff).employees(drivers=cx.drivers(part, n_boot=0), stated=said, k=3)
    pd.testing.assert_frame_equal(view.again(part).table, own.table)
    pd.testing.assert_frame_equal(view.again(part).parts["agreement"], own.parts["agreement"])


def test_no_clear_difference_is_said():
    view = cx.baseline(simulated(60, 0), employees=simulated(30, 1)).employees()
    assert str(view).startswith("No clear difference between staff and customers; clear in 0 of 8 comparisons. ")
    assert np.isfinite(view.table["difference"]).all()


def test_twenty_staff_do_not_prove_that_staff_do_not_know():
    """The true orders are one and the same: the interval of the rank correlation reaches it, in spite of chance."""
    means = {name: 0.1 * k for k, name in enumerate(NAMES)}
    reached = 0
    for seed in range(3):
        staff = simulated(20, seed, means)
        view = cx.baseline(simulated(600, 100 + seed, means), employees=staff).employees()
        reached += view.parts["agreement"]["high"].iloc[0] > 0.95
    assert reached >= 2


def test_under_eight_touchpoints_the_correlation_has_no_interval():
    names = NAMES[:7]
    view = cx.baseline(simulated(300, 0, names=names), employees=simulated(60, 1, names=names)).employees()
    one = view.parts["agreement"].iloc[0]
    assert np.isfinite(one["correlation"])
    assert one[["low", "high"]].isna().all()
