"""Codes that nobody has named: found by their look, told all at once, with the line that names them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.engine import tables
from cxlens.engine.odd import Entries, check_odd, check_ranges, odd_among, told_of_nps
from cxlens.errors import ValuesError


def survey(columns: dict, **changes) -> cx.Survey:
    return cx.Survey(pd.DataFrame(columns), **{"touchpoints": ["web", "call"], "outcome": "overall", **changes})


def fault(columns: dict, **changes) -> str:
    with pytest.raises(ValuesError) as error:
        survey(columns, **changes)
    return str(error.value)


FINE = {"web": [1, 2, 3, 4, 5] * 4, "call": [5, 4, 3, 2, 1] * 4, "overall": [1, 3, 3, 5, 4] * 4}


@pytest.mark.parametrize(
    ("numbers", "odd"),
    [
        ([1, 2, 3, 4, 5, -99], [-99]),
        ([1, 2, 3, 4, 5, 99], [99]),
        ([0, 1, 5, 10, 88, 99], [88, 99]),
        ([0, 40, 70, 100, 999], [999]),
        ([1.5, 2.25, 4.75, -99], [-99]),
        ([-1, 1, 2, 3, 4, 5], [-1]),
        ([-9, -8, 0, 1, 2, 3, 4, 5], [-9, -8]),
        ([3, 20, 45, 300, -99], [-99]),
        ([-3, -2, -1, 0, 1, 2, 3], []),
        ([-1, 0, 1], []),
        ([-2.5, -1, 0, 1.5], []),
        ([12, 66, 77, 88, 99, 100], []),
        ([1, 2, 3, 4, 5, 9], []),
        ([0, 1], []),
        ([99], []),
        ([], []),
    ],
)
def test_numbers_that_look_like_codes(numbers, odd):
    assert odd_among(np.sort(np.array(numbers, float))) == sorted(odd)


def test_an_odd_number_without_a_scale_is_named():
    assert fault(FINE | {"web": [1, 2, 3, 5, -99] * 4}) == (
        "touchpoint column 'web' holds -99 (4 rows), far from its other values, 1 to 5. If it is no answer, say so: "
        "scale=cx.Scale(1, 5, blank=[-99]). If it is one: scale=cx.Scale(-99, 5)."
    )
    assert fault(FINE | {"overall": [1, 2, 3, 10, 99] * 4}) == (
        "outcome column 'overall' holds 99 (4 rows), far from its other values, 1 to 10. If it is no answer, say so: "
        "outcome_scale={'overall': cx.Scale(1, 10, blank=[99])}. If it is one: outcome_scale={'overall': "
        "cx.Scale(1, 99)}."
    )


def test_the_advice_on_an_odd_number_leads_to_the_right_figure():
    made = survey(FINE | {"web": [1, 2, 3, 5, -99] * 4}, scale=cx.Scale(1, 5, blank=[-99]))
    assert cx.baseline(made).table["mean"][0] == pytest.approx(11 / 4)


def test_a_code_of_the_touchpoints_is_no_answer_to_the_outcome():
    scale = cx.Scale(1, 5, blank=[99])
    columns = FINE | {"web": [1, 2, 3, 99, 5] * 4, "overall": [1, 2, 3, 5, 99] * 4}
    assert fault(columns, scale=scale) == (
        "outcome column 'overall' holds 99 (4 rows), a code of the touchpoints' scale. If it is no answer here, say "
        "so: outcome_scale={'overall': cx.Scale(1, 5, blank=[99])}. If it is one: outcome_scale={'overall': "
        "cx.Scale(1, 99)}."
    )
    made = survey(columns, scale=scale, outcome_scale={"overall": cx.Scale(1, 5, blank=[99])})
    assert cx.baseline(made).outcomes["value"][0] == pytest.approx(11 / 4)


@pytest.mark.parametrize("code", [6, 0, "N/A"])
def test_codes_of_all_kinds_are_looked_for_in_the_outcome(code):
    columns = {name: pd.Series([*FINE[name], code], dtype=object) for name in FINE}
    shown = repr(code)
    assert fault(columns, scale=cx.Scale(1, 5, not_used=[code])).startswith(
        f"outcome column 'overall' holds {shown} (1 row), a code of the touchpoints' scale. "
        f"If it is no answer here, say so: outcome_scale={{'overall': cx.Scale(1, 5, blank=[{shown}])}}."
    )


def test_an_outcome_on_another_scale_may_have_numbers_that_are_codes_of_the_touchpoints():
    columns = FINE | {"web": [6, 2, 3, 4, 5] * 4, "overall": [0, 6, 10, 3, 250] * 4}
    made = survey(columns, scale=cx.Scale(1, 5, not_used=[6], blank=[0]))
    assert made.table["overall"].count() == 20


def test_all_unknown_answers_of_all_columns_are_told_at_once():
    columns = {
        "web": ["1", "-", "5"],
        "call": ["4", "5 - Excellent", "3"],
        "shop": [1, 7, 2],
        "overall": [1, 9, 2],
    }
    message = fault(
        columns,
        touchpoints=["web", "call", "shop"],
        scale=cx.Scale(1, 5, not_used=["N/A"]),
        outcome_scale=cx.Scale(1, 5),
    )
    assert message == (
        "4 columns hold what their scale does not have. touchpoint 'web': '-' (1 row); touchpoint 'call': "
        "'5 - Excellent' (1 row); touchpoint 'shop': 7 (1 row); outcome 'overall': 9 (1 row). The number stands in the "
        "label: cx.suggest(data) makes numbers of them. Give the scale its whole range, or keep each code in the list "
        "where it belongs: scale=cx.Scale(1, 5, not_used=['N/A', '-', 7], blank=['-', 7]); "
        "outcome_scale={'overall': cx.Scale(1, 5, not_used=[9], blank=[9])}."
    )


def test_six_columns_are_named_and_the_rest_counted():
    names = [f"t{k}" for k in range(1, 9)]
    columns = {name: ["1", "-", "5"] for name in names} | {"overall": [1, 3, 2]}
    message = fault(columns, touchpoints=names, scale=cx.Scale(1, 5))
    shown = "; ".join(f"touchpoint {name!r}: '-' (1 row)" for name in names[:6])
    assert message.startswith(f"8 columns hold what their scale does not have. {shown}; and 2 more. Give ")
    six = fault({name: columns[name] for name in (*names[:6], "overall")}, touchpoints=names[:6], scale=cx.Scale(1, 5))
    assert six.startswith(f"6 columns hold what their scale does not have. {shown}. Give ")


def test_the_line_to_copy_is_refused_until_each_code_stands_in_one_list():
    message = fault(
        {"web": ["1", "-", "5"], "call": [7, 5, 3], "overall": [1, 9, 2]},
        scale=cx.Scale(1, 5, not_used=["N/A"]),
        outcome_scale=cx.Scale(1, 5),
    )
    assert message == (
        "3 columns hold what their scale does not have. touchpoint 'web': '-' (1 row); touchpoint 'call': 7 (1 row); "
        "outcome 'overall': 9 (1 row). Give the scale its whole range, or keep each code in the list where it belongs: "
        "scale=cx.Scale(1, 5, not_used=['N/A', '-', 7], blank=['-', 7]); "
        "outcome_scale={'overall': cx.Scale(1, 5, not_used=[9], blank=[9])}."
    )
    with pytest.raises(ValuesError, match=r"cannot be both not_used and blank"):
        cx.Scale(1, 5, not_used=["N/A", "-", 7], blank=["-", 7])


def test_each_scale_has_a_line_of_its_own():
    message = fault(
        {"web": ["1", "-", "5"], "call": [11, 5, 3], "overall": [1, 3, 2]},
        scale={"web": cx.Scale(1, 5), "call": cx.Scale(0, 10)},
    )
    assert message.endswith(
        "belongs: scale=cx.Scale(1, 5, not_used=['-'], blank=['-']) for 'web'; "
        "scale=cx.Scale(0, 10, not_used=[11], blank=[11]) for 'call'."
    )


def test_words_in_an_order_that_is_known_come_as_a_line_to_copy():
    words = ["Never", "Rarely", "Sometimes", "Often", "Always"]
    assert fault(FINE | {"web": words * 4}) == (
        "touchpoint column 'web' holds text where scores are expected: 'Never', 'Rarely', 'Sometimes', 'Often', "
        "'Always' (20 rows). Words in order, the worst is 1: cx.suggest(data) makes numbers of them. Or say so: "
        f"Scale(words={words!r})."
    )
    assert fault(FINE | {"web": [*words[1:], "Often"] * 4}).endswith(
        "Or say so: Scale(words=[..., 'Rarely', 'Sometimes', 'Often', 'Always']), with a word in place of each ...."
    )


def test_words_in_an_order_that_nobody_knows_are_asked_for():
    columns = FINE | {"web": ["Prima", "Mies", "Geht so", "Mies", "Prima"] * 4}
    assert fault(columns) == (
        "touchpoint column 'web' holds text where scores are expected: 'Prima', 'Mies', 'Geht so' (20 rows). If these "
        "are answers in words, write all of them, from low to high, in place of the dots: Scale(words=[...]). Else "
        "name such codes in Scale(..., not_used=[...]) or Scale(..., blank=[...])."
    )
    scale = {"web": cx.Scale(words=["Mies", "Geht so", "Prima"]), "call": cx.Scale(1, 5)}
    assert survey(columns, scale=scale).table["web"].tolist()[:3] == [100, 0, 50]


def test_codes_that_occur_nowhere_are_told():
    made = survey(FINE | {"web": [1, 2, 6, 4, 5] * 4}, scale=cx.Scale(1, 5, not_used=[6, "N/A"], blank=[0, None]))
    assert made.notes == (
        "'N/A', named as not used, occurs in no touchpoint: pandas may have read it as an empty cell. Read the file "
        "with keep_default_na=False, or give its path.",
        "0, named as blank, occurs in no touchpoint.",
    )


def test_an_nps_without_a_0_is_told():
    asked = {"web": [3] * 100, "call": [4] * 100, "nps": [*range(1, 11)] * 10}
    made = survey(asked, outcome={"nps": "nps"})
    assert made.notes == (
        "No 0 among the 100 answers to 'nps': if it was asked from 1 to 10, its NPS cannot be compared with one asked "
        "from 0 to 10.",
    )
    assert survey(asked | {"nps": [*range(10)] * 10}, outcome={"nps": "nps"}).notes == ()
    assert survey(asked, outcome={"nps": "nps"}, outcome_scale=cx.Scale.nps()).notes == ()
    few = {name: column[:40] for name, column in asked.items()}
    assert survey(few, outcome={"nps": "nps"}).notes == ()
    assert told_of_nps(entries([9] * 43 + [1] * 6), "nps") == []  # 50 answers are enough, of which 6 are 1
    assert told_of_nps(entries([9] * 44 + [1] * 6), "nps")
    assert told_of_nps(entries([9] * 45 + [1] * 5), "nps") == []
    assert told_of_nps(entries([9] * 44 + [1] * 6 + [-1]), "nps") == []


def test_the_same_of_a_file_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "IN_MEMORY", 5)
    path = tmp_path / "answers.parquet"

    def on_disk(columns: dict, **changes) -> cx.Survey:
        pd.DataFrame(columns).to_parquet(path)
        return cx.Survey(path, **{"touchpoints": ["web", "call"], "outcome": "overall", **changes})

    made = on_disk(FINE, scale=cx.Scale(1, 5, not_used=[6]))
    assert made.notes == ("6, named as not used, occurs in no touchpoint.",)
    for columns, changes in (
        (FINE | {"web": [1, 2, 3, 5, -99] * 4}, {}),
        (FINE | {"overall": [1, 2, 3, 5, 99] * 4}, {"scale": cx.Scale(1, 5, blank=[99])}),
        (FINE | {"web": [1, 2, 3, 5, 7] * 4, "call": [9] * 20}, {"scale": cx.Scale(1, 5)}),
    ):
        with pytest.raises(ValuesError) as error:
            on_disk(columns, **changes)
        assert str(error.value) == fault(columns, **changes)


def test_touchpoints_up_to_5_and_up_to_10_are_asked_about():
    columns = FINE | {"call": [0, 4, 6, 8, 10] * 4}
    assert fault(columns) == (
        "touchpoints seem to be on different scales: 'web' up to 5, 'call' to 10. Give each its own: "
        "scale={'web': cx.Scale(1, 5), 'call': cx.Scale(0, 10), ...}."
    )
    assert survey(columns, scale={"web": cx.Scale(1, 5), "call": cx.Scale(0, 10)}).table["call"].max() == 100
    assert survey(FINE | {"call": [0.5, 4, 6, 8, 10] * 4}).scale is None


# Where there is nothing to be told


def entries(numbers) -> Entries:
    return Entries(np.asarray(numbers, float), np.full(len(numbers), "", dtype=object))


def rated(rng: np.random.Generator, n: int, mean: float, spread: float, low: int, high: int) -> np.ndarray:
    return np.clip(np.round(rng.normal(mean, spread, n)), low, high)


def is_refused(check, *given) -> bool:
    try:
        check(*given)
    except ValuesError:
        return True
    return False


def test_the_end_of_a_scale_is_given_by_several_and_by_more_than_the_0():
    long = entries([6, 7, 8, 9, 10] * 4)
    for short, asked in (
        ([2, 3, 4] * 5 + [5] * 4, True),
        ([2, 3, 4] * 5 + [5] * 3, False),
        ([2, 3, 4] * 5 + [5] * 5 + [0] * 4, True),
        ([2, 3, 4] * 5 + [5] * 5 + [0] * 5, False),
    ):
        assert is_refused(check_ranges, {"web": entries(short), "call": long}) is asked


@pytest.mark.parametrize(("n", "most"), [(20, 15), (50, 6), (200, 0)])
def test_answers_on_one_scale_are_seldom_asked_whether_they_are_on_two(n, most):
    rng = np.random.default_rng(1)
    asked = dict.fromkeys(["0 to 10", "1 to 10", "1 to 5", "1 to 7", "minutes"], 0)
    for _ in range(200):
        means = rng.uniform(2.5, 9, 6)
        drawn = {
            "0 to 10": [rated(rng, n, mean, 2, 0, 10) for mean in means],
            "1 to 10": [rated(rng, n, mean, 2, 1, 10) for mean in means],
            "1 to 5": [rated(rng, n, mean / 2, 1, 1, 5) for mean in means],
            "1 to 7": [rated(rng, n, mean / 1.5, 1.3, 1, 7) for mean in means],
            "minutes": [rng.poisson(mean - 1.5, n) for mean in means],
        }
        for name, columns in drawn.items():
            asked[name] += is_refused(check_ranges, {f"t{i}": entries(column) for i, column in enumerate(columns)})
    assert max(asked.values()) <= most  # of 200
    assert asked["1 to 5"] == asked["1 to 7"] == 0


@pytest.mark.parametrize(
    ("scores", "shown"),
    [
        ([-1, 0, 0, 1, 2, 2], None),
        ([-1, 0, 0, 1, 2, 3], None),
        ([-1, -1, 0, 1, 2, 3], "-1 (2 rows), next to its other values, 0 to 3."),
        ([-1, 0, 0, 1, 2, 4], "-1 (1 row), next to its other values, 0 to 4."),
        ([-2, -1, -1, 0, 0, 1, 2, 3, 4], None),
        ([-2, -2, -1, 0, 0, 1, 2, 3, 4], "-2, -1 (3 rows), next to its other values, 0 to 4."),
        ([-2, 0, 0, 0, 1, 2, 3], "-2 (1 row), far from its other values, 0 to 3."),
        ([-1, 1, 1, 2, 3], "-1 (1 row), far from its other values, 1 to 3."),
        ([-1, 0, 0, 1, 2, 3, 99], "99 (1 row), far from its other values, -1 to 3."),
        ([-1, 0, 1, 2, 3, 4, 99], "-1, 99 (2 rows), far from its other values, 0 to 4."),
    ],
)
def test_scores_on_both_sides_of_0_are_told_from_codes(scores, shown):
    if shown is None:
        check_odd(entries(scores), "touchpoint", "web")
        return
    with pytest.raises(ValuesError) as error:
        check_odd(entries(scores), "touchpoint", "web")
    assert str(error.value).startswith(f"touchpoint column 'web' holds {shown} If it is no answer, say so: ")


@pytest.mark.parametrize("n", [20, 50, 200])
def test_ordinary_columns_hold_nothing_odd(n):
    rng = np.random.default_rng(2)
    asked: Counter[str] = Counter()
    for _ in range(200):
        drawn = {
            "1 to 5": rated(rng, n, 4, 1, 1, 5),
            "0 to 10": rated(rng, n, 8, 2, 0, 10),
            "money": np.round(rng.lognormal(4, 1, n), 2),
            "whole money": np.round(rng.lognormal(1.5, 1.3, n)),
            "minutes": np.round(rng.exponential(8, n)),
            "visits": rng.negative_binomial(0.5, 0.03, n),
            "a share of 100": np.round(100 * rng.beta(0.3, 6, n)),
            "-2 to 2": rated(rng, n, 0.8, 0.9, -2, 2),
            "-3 to 3": rated(rng, n, 1.2, 1.2, -3, 3),
        }
        for name, column in drawn.items():
            asked[name] += is_refused(check_odd, entries(column), "touchpoint", name)
    assert asked.pop("-2 to 2") <= 8  # of 200
    assert asked.pop("-3 to 3") <= 40  # of 20 answers; a score that nobody gave leaves a gap
    assert max(asked.values()) <= 1


@pytest.mark.parametrize("n", [50, 100, 200, 500])
def test_a_0_that_is_rare_is_seldom_missed(n):
    rng = np.random.default_rng(3)
    told = 0
    for mean in (6, 7.5, 8, 8.7):
        for _ in range(100):
            told += bool(told_of_nps(entries(rated(rng, n, mean, 2.2, 0, 10)), "nps"))
    assert told <= 12  # of 400
