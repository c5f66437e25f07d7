"""Competitors between the same waves: their change, ours less theirs, and what is said of it under the null, too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError

FIVE = cx.Scale(1, 5)


def company(seed: int, step: float = 0.0, years=(2020, 2021), n: int = 200, **roles: object) -> cx.Survey:
    """Answers of a company, of which those from the middle wave on are by a step higher."""
    rng = np.random.default_rng(seed)
    year = np.repeat(list(years), n)
    late = year >= years[len(years) // 2]
    frame = pd.DataFrame({"Wi-Fi": np.clip(np.round(3.2 + step * late + rng.normal(0, 0.9, len(year))), 1, 5)})
    frame["nps"] = np.clip(np.round(6.5 + 2 * step * late + rng.normal(0, 2, len(year))), 0, 10)
    frame["stayed"] = (rng.random(len(year)) < 0.5 + 0.2 * step * late).astype(int)
    frame["hall"] = rng.choice(["A", "B"], len(year))
    frame["who"] = np.arange(len(year)) % (len(year) // 2)
    frame["year"] = year
    outcome = {"nps": "nps", "stayed": "binary"}
    asked = {"segments": ["hall"], "time": "year", "scale": FIVE, **roles}
    return cx.Survey(frame, touchpoints=["Wi-Fi"], outcome=outcome, **asked)


def before_after(ours: cx.Survey, competitors: object, metric: object = "Wi-Fi", **asked: object) -> object:
    return cx.before_after(ours, metric=metric, **{"before": 2020, "after": 2021, "competitors": competitors, **asked})


def rows(result: object) -> pd.DataFrame:
    return result.table.set_index(["whose", "quantity"])


def several(step: float = 0.0, count: int = 5) -> dict[str, cx.Survey]:
    return {name: company(20 + place, step) for place, name in enumerate("VWXYZ"[:count])}


@pytest.mark.parametrize("metric", ["Wi-Fi", "nps", "stayed"])
def test_the_change_of_a_rival_is_what_it_is_alone(metric):
    ours, rival = company(1, 0.5), company(2, 0.1)
    result = before_after(ours, {"Rival": rival}, metric)
    alone = cx.before_after(rival, metric=metric, before=2020, after=2021)
    figures = ["estimate", "low", "high", "p_value"]
    line = rows(result).loc[("Rival", "rival's change")]
    assert line[figures].tolist() == pytest.approx([alone.estimate, alone.low, alone.high, alone.p_value])
    own = cx.before_after(ours, metric=metric, before=2020, after=2021)
    assert rows(result).loc[("ours", "change"), figures].tolist() == pytest.approx(own.table.loc[0, figures].tolist())
    more = rows(result).loc[("ours", "more than rivals")]
    assert more["estimate"] == pytest.approx(own.estimate - alone.estimate)
    assert result.q_value == own.q_value
    assert result.against.cells["mean"].tolist() == pytest.approx(alone.cells["mean"].tolist())


def test_where_a_rival_moved_as_much_the_change_is_not_clearly_ours(faults):
    result = before_after(company(1, 0.5), {"Rival": company(2, 0.5)})
    line = rows(result).loc[("Rival", "rival's change")]
    ends = f"{line['estimate']:+.2f} [{line['low']:.2f}, {line['high']:.2f}]"
    assert f"Rival changed by {ends} in the same time; ours is not clearly more, so it is not clearly our own." in str(
        result
    )
    assert faults(str(result)) == []
    assert not result.is_own
    assert result.note == (
        "Against rivals: sampling alone. 1 competitor in so few waves cannot tell a difference from ordinary swings, "
        "so there is no p-value."
    )


def test_one_rival_in_two_waves_tells_what_swing_would_explain_it(faults):
    result = before_after(company(1, 0.8), {"Rival": company(2)})
    assert np.isnan(rows(result).loc[("ours", "more than rivals"), "p_value"])
    assert f"; ours differs, which an sd of {result.against.swing:.2f} a company and wave would explain." in str(result)
    assert faults(str(result)) == []
    assert not result.is_own


def test_five_rivals_who_stood_still_make_it_our_own(faults):
    result = before_after(company(1, 0.8), several())
    assert result.is_own
    assert "in the same time; ours clearly differs." in str(result)
    assert faults(str(result)) == []
    changes = rows(result).xs("rival's change", level="quantity")["estimate"]
    assert rows(result).loc[("rivals", "rivals' change"), "estimate"] == pytest.approx(changes.mean())
    more = rows(result).loc[("ours", "more than rivals")]
    error = changes.std(ddof=1) * np.sqrt(1 + 1 / 5)  # one organisation against five: t on 6 - 2
    assert more["estimate"] == pytest.approx(result.estimate - changes.mean())
    assert more["high"] - more["estimate"] >= error * 2.776 - 1e-9
    assert "Against rivals: judged by the changes of ours and 5 competitors, 4 degrees of freedom." in result.note


def test_one_of_several_that_moved_as_much_is_named():
    rivals = {**several(count=4), "Z": company(24, 0.8)}
    result = before_after(company(1, 0.8), rivals)
    moved = rows(result).loc[("Z", "rival's change"), "estimate"]
    assert f", Z by {moved:+.2f}; ours is not clearly more, so it is not clearly our own." in str(result)


def test_nothing_is_said_of_whose_a_change_is_that_is_none():
    result = before_after(company(1), several())
    assert "did not clearly change" in str(result)
    assert "in the same time. n = " in str(result)
    assert "our" not in str(result)


def test_several_waves_are_judged_by_waves_and_lacking_ones_are_told():
    years = tuple(range(2018, 2024))
    rival = company(2, years=years[:5])
    result = before_after(company(1, 0.6, years), {"Rival": rival}, before=[2018, 2019, 2020], after=[2021, 2022, 2023])
    assert "Against rivals: sampling alone." in result.note  # two waves after are shared
    assert result.note.endswith("No answers of Rival: 2023.")
    both = before_after(company(1, 0.6, years), {"Rival": company(2, years=years)}, before=years[:3], after=years[3:])
    assert both.note == "Against rivals: judged by the 6 waves; assumes that waves swing independently."
    assert both.is_own
    assert both.against.by_wave["wave"].tolist() == [str(year) for year in years]


def test_of_several_metrics_those_that_rivals_share_are_named(faults):
    result = before_after(company(1, 0.5), {"Rival": company(2, 0.5)}, ["Wi-Fi", "nps"])
    assert "Not clearly more than rivals', so not clearly our own: " in str(result)
    assert "allowing for 2 comparisons" in str(result)
    assert faults(str(result)) == []
    assert result.only("nps").table["whose"].tolist() == ["ours", "Rival", "ours"]


def test_the_second_step_has_an_error_rate_of_its_own():
    result = before_after(company(1, 0.8), several(), ["Wi-Fi", "nps"])
    more = result.table[result.table["quantity"] == "more than rivals"]
    claims = result.table[result.table["quantity"] == "change"]
    assert more["q_value"].max() == pytest.approx(more["p_value"].max())
    assert claims["q_value"].max() == pytest.approx(claims["p_value"].max())
    assert result.table["q_value"].count() == 4


def test_where_it_was_done_is_held_against_rivals(faults):
    ours = company(1, 0.6)
    asked = {"metric": "Wi-Fi", "before": 2020, "after": 2021, "treated": {"hall": "A"}}
    result = cx.difference_in_differences(ours, **asked, competitors=several())
    plain = cx.difference_in_differences(ours, **asked)
    kept = result.table[result.table["whose"] == "ours"][:-1].drop(columns="whose")
    pd.testing.assert_frame_equal(kept.reset_index(drop=True), plain.table)
    treated = rows(result).loc[("ours", "treated change"), "estimate"]
    rivals = rows(result).loc[("rivals", "rivals' change"), "estimate"]
    assert rows(result).loc[("ours", "more than rivals"), "estimate"] == pytest.approx(treated - rivals)
    assert "Rivals changed by" in str(result)
    assert faults(str(result)) == []


def test_who_answered_twice_or_has_weights_is_told_apart():
    ours, rival = company(1, 0.8, respondent="who"), company(2, respondent="who")
    result = before_after(ours, {"Rival": rival, "Other": company(3)})
    assert np.isfinite(rows(result).loc[("ours", "more than rivals"), ["estimate", "low", "high"]].astype(float)).all()
    heavy = company(1, 0.8).table.assign(weight=7.0)
    weighed = cx.Survey(heavy, touchpoints=["Wi-Fi"], outcome="nps", scale=FIVE, time="year", weight="weight")
    one, other = (before_after(answers, {"Rival": rival}) for answers in (weighed, company(1, 0.8)))
    more = ("ours", "more than rivals")
    assert rows(one).loc[more, "low"] == pytest.approx(rows(other).loc[more, "low"], rel=1e-6)


def test_the_widget_asks_with_the_same_rivals():
    result = before_after(company(1, 0.5), several())
    assert result.explore().params["competitors"] == result.competitors


@pytest.mark.parametrize(
    ("rival", "asked", "message"),
    [
        (
            company(2, years=(2018, 2020)),
            {},
            "competitors: 'Rival' has none of the waves after the change (2021). Its waves: 2018, 2020. Leave it out, "
            "or name waves that both have.",
        ),
        (
            company(2, n=3),
            {},
            "competitors: 'Rival': 'Wi-Fi' has fewer than 5 answers in the cell 'all, before'. Choose other waves, or "
            "a wider group.",
        ),
    ],
)
def test_what_is_refused(rival, asked, message):
    with pytest.raises(CxlensError) as refused:
        before_after(company(1), {"Rival": rival}, **asked)
    assert str(refused.value) == message


def test_staggered_starts_have_no_rivals():
    with pytest.raises(CxlensError) as refused:
        cx.difference_in_differences(company(1), metric="Wi-Fi", started="hall", competitors={"Rival": company(2)})
    assert str(refused.value) == (
        "started= alone holds each place against its own last wave before, which no competitor has. Leave competitors= "
        "out, or give before=, after= and treated=."
    )
