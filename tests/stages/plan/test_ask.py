"""What a sample size is asked: every refusal of options that do not go together, word for word."""

from __future__ import annotations

import pytest

from cxlens.errors import OptionError, ValuesError
from cxlens.stages.plan.ask import FITS, NEEDED, RANGES, READABLE, TAKES, WORST
from cxlens.stages.plan.sample_size import sample_size

BASE = {"margin": 0.1, "sd": 1}
NPS = {"measure": "nps", "margin": 5}
DRIVER = {"measure": "driver", "effect": 0.02, "drivers": 12, "r2": 0.4}
GOAL = "Give margin= (how exact the figure is to be) or difference= (the smallest change to detect) with measure="
ABOVE, FROM = "Give a share above 0 and up to 1.", "Give a share from 0 to 1."
REFUSED = [
    ({"sd": 1}, f"{GOAL}'mean'; you gave none."),
    (
        {**BASE, "difference": 1},
        f"{GOAL}'mean'; you gave margin=, difference=.",
    ),
    (
        {**DRIVER, "effect": None},
        "Give effect= (the smallest importance to detect) with measure='driver'; you gave none.",
    ),
    ({"measure": "csat", "effect": 0.1},
     f"{GOAL}'csat'; you gave effect=."),
    ({**BASE, "share": 0.5}, "share= does not go with measure='mean'. It takes: sd."),
    (
        {"margin": 0.1},
        "measure='mean' needs sd=, the standard deviation of scores; about 1 is usual on a scale from 1 to 5. Or give "
        "a survey to read it from.",
    ),
    (
        {**DRIVER, "drivers": None},
        "measure='driver' needs drivers=, how many touchpoints are in the model. Or give a survey to count them in.",
    ),
    ({**DRIVER, "r2": None}, "measure='driver' needs r2=, the R2 of all touchpoints together, such as 0.4."),
    ({**NPS, "promoters": 0.5}, "promoters= and detractors= come together. Give both, or none for the worst case."),
    (
        {**NPS, "promoters": 0.7, "detractors": 0.4},
        "promoters=0.7 and detractors=0.4 are more than all. Together they are 1 at most.",
    ),
    ({"measure": "csat", "margin": 0.1, "share": 1.2}, f"share=1.2 is out of range. {FROM}"),
    ({**NPS, "promoters": -0.1, "detractors": 0.4}, f"promoters=-0.1 is out of range. {FROM}"),
    ({**BASE, "response_rate": 0}, f"response_rate=0 is out of range. {ABOVE}"),
    ({**BASE, "reach": 0}, f"reach=0 is out of range. {ABOVE}"),
    ({**BASE, "reach": {"Desk": 0.5, "Web": 1.5}}, f"reach['Web']=1.5 is out of range. {ABOVE}"),
    ({**BASE, "segments": {"a": 0}}, f"segments['a']=0 is out of range. {ABOVE}"),
    ({**BASE, "response_rate": float("nan")}, f"response_rate=nan is out of range. {ABOVE}"),
    ({**BASE, "population": 0}, "population=0 is out of range. Give a number of 1 or more."),
    ({**BASE, "design_effect": 0}, "design_effect=0 is out of range. Give a number above 0."),
    ({**BASE, "sd": "1"}, "sd='1' is out of range. Give a number above 0."),
    ({"margin": -1, "sd": 1}, "margin=-1 is out of range. Give a number above 0."),
    ({"difference": 0, "sd": 1}, "difference=0 is out of range. Give a change other than 0."),
    ({**DRIVER, "drivers": 0}, "drivers=0 is out of range. Give a number of 1 or more."),
    (
        {**DRIVER, "effect": 0.5},
        "effect=0.5 is a part of r2=0.4, which all drivers explain together, so it is not larger, and r2 is below 1.",
    ),
    ({**BASE, "level": 95}, "level=95 is not a confidence level. Give a share between 0 and 1, such as 0.95."),
    ({**BASE, "by": "purpose"},
     "by='purpose' is a column of a survey, and none is given. Give segments={name: share}."),
]  # fmt: skip


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_what_is_refused(options, message):
    with pytest.raises(ValuesError) as error:
        sample_size(**options)
    assert str(error.value) == message


def test_a_measure_nobody_knows():
    with pytest.raises(OptionError) as error:
        sample_size(measure="npz", margin=5)
    assert str(error.value) == (
        "measure='npz' is not an option. Did you mean 'nps'? Options: 'mean', 'csat', 'nps', 'driver'."
    )


@pytest.mark.parametrize("name", ["margin", "difference"])
def test_points_in_place_of_a_share_are_refused(name):
    with pytest.raises(ValuesError) as error:
        sample_size(measure="csat", share=0.5, **{name: 5})
    assert str(error.value) == f"{name}=5 is no share. Write 0.05 for 5 points."


def test_each_option_of_a_measure_has_a_range_and_a_way_to_do_without():
    names = [name for names in TAKES.values() for name in names]
    ranged = [name for names in RANGES.values() for name in names]
    assert set(names) <= set(ranged)
    assert len(ranged) == len(set(ranged))
    assert list(RANGES) == list(FITS)
    assert set(names) == set(WORST) | set(NEEDED)
    assert set(READABLE) <= set(NEEDED)
