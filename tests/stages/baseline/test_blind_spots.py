"""Blind spots: every kind on one small survey, the answers still needed by hand, nothing told of small cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import cxlens as cx
from cxlens.errors import OptionError, ValuesError
from cxlens.stages.baseline.blind_spots import scores_needed

N = 400
MAP = cx.TouchpointMap(
    [
        cx.Touchpoint("web", stage="before", needs=["compare"]),
        cx.Touchpoint("call", stage="before", volume=100),
        cx.Touchpoint("shop", stage="before", volume=200, needs=["haggle (lever)"]),
        cx.Touchpoint("desk", stage="during"),
        cx.Touchpoint("letter", stage="during", volume=9),
        cx.Touchpoint("bill", stage="after", needs=["understand it"]),
    ],
    cx.Lifecycle(
        [
            cx.Stage("before", ["compare", "know the price (lever)"]),
            "during",
            cx.Stage("after", ["understand it", "pay"]),
            "never",
        ]
    ),
)


def frame() -> pd.DataFrame:
    """Simulated answers: 20 scored the call, 3 the shop, nobody the desk; "app" is not on the map."""
    rng = np.random.default_rng(0)
    data = pd.DataFrame({name: rng.integers(1, 6, N) for name in ("web", "call", "shop", "desk", "bill", "app")})
    data.loc[20:, "call"] = 6
    data.loc[3:, "shop"] = 6
    data["desk"] = 6
    data["nps"] = rng.integers(0, 11, N)
    data["who"] = ["crew"] * 20 + [None] * 10 + ["guest"] * (N - 30)
    data["id"] = range(N)
    return data


def survey(data: pd.DataFrame | None = None, **roles) -> cx.Survey:
    roles = {"segments": ["who", "id"], "scale": cx.Scale(1, 5, not_used=[6], blank=[0]), **roles}
    touchpoints = ["web", "call", "shop", "desk", "bill", "app"]
    return cx.Survey(frame() if data is None else data, touchpoints=touchpoints, outcome={"nps": "nps"}, **roles)


@pytest.fixture(scope="module")
def view():
    return cx.baseline(survey(), MAP).blind_spots(segments=[cx.Segment("Pilots", {"who": "pilot"})])


def test_every_kind_is_found_the_worst_first(view):
    assert view.kind == "blind spots"
    assert view.table[["kind", "what", "stage", "lever"]].to_numpy().tolist() == [
        ["need without touchpoint", "know the price", "before", True],
        ["stage without touchpoint", "never", "never", False],
        ["stage without data", "during", "during", False],
        ["touchpoint without data", "letter", "during", False],
        ["touchpoint without data", "desk", "during", False],
        ["need without touchpoint", "pay", "after", False],
        ["segment not heard", "Pilots", "", False],
        ["segment not heard", "who = crew", "", False],
        ["too few answers", "shop", "before", True],
        ["too few answers", "call", "before", False],
        ["not on the map", "app", "", False],
    ]


def test_it_says_why_and_what_next(view):
    rows = view.table.set_index("what")
    assert rows["why"].to_dict() == {
        "know the price": "no touchpoint of the stage serves it, though it moves customers on",
        "never": "the map has nothing there",
        "during": "none of its 2 touchpoints is scored",
        "letter": "it is not in the survey",
        "desk": "nobody has scored it",
        "pay": "no touchpoint of the stage serves it",
        "Pilots": "nobody has answered",
        "who = crew": "fewer than 30 answers",
        "shop": "fewer than 5 answers",
        "call": f"its mean is known within ±{half(frame()['call'][:20]):.2f}, not ±0.40",
        "app": "its stage, needs and standards are not known",
    }
    more = rows.loc["call", "more"]
    assert rows.loc["call", "next"] == f"collect {more} more scores, from {20 * more} answers"
    assert rows.loc["letter", "next"] == f"ask about it: {rows.loc['letter', 'more']} scores give a mean within ±0.40"
    assert rows.loc["never", "next"] == "add a touchpoint, or take the stage out"
    assert rows.loc["during", "next"] == "ask about one of them, such as desk"


def half(scores: pd.Series) -> float:
    return stats.t.ppf(0.975, len(scores) - 1) * scores.std() / np.sqrt(len(scores))


def test_the_sentence_names_the_worst_with_n(view):
    title = (
        '11 blind spots, the worst: the need "know the price" (before); no touchpoint of the stage serves it, '
        "though it moves customers on"
    )
    assert view.finding.title == title.partition(";")[0]
    assert str(view) == f"{title}. n = 400."
    few = cx.baseline(survey(segments=[]).only(["web", "call"])).blind_spots()
    assert few.finding.sentence.startswith("1 blind spot, the worst: call; its mean is known within ±")
    assert few.finding.n == "20 of 400"
    none = cx.baseline(survey(segments=[]).only(["web", "bill"])).blind_spots()
    assert str(none) == "No blind spot is found among 2 touchpoints. n = 400."
    assert none.table.empty


def test_more_is_the_smallest_number_that_will_do(view):
    call, rows = frame()["call"][:20], view.table.set_index("what")
    spread = call.std()
    needed = 20 + rows.loc["call", "more"]
    assert stats.t.ppf(0.975, needed - 1) * spread / np.sqrt(needed) <= 0.4
    assert stats.t.ppf(0.975, needed - 2) * spread / np.sqrt(needed - 1) > 0.4
    assert rows.loc["call", "more_answers"] == 20 * rows.loc["call", "more"]  # one in twenty has a score


@given(st.floats(0.05, 5), st.floats(0.05, 2), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_one_score_less_is_too_few(spread, margin, level):
    n = scores_needed(spread, margin, level)

    def width(m):
        return stats.t.ppf((1 + level) / 2, m - 1) * spread / np.sqrt(m)

    assert width(n) <= margin * (1 + 1e-9)
    assert n == 2 or width(n - 1) > margin * (1 - 1e-9)


def test_a_published_size_is_found():
    # Standard deviation 15, margin 5, 95 %: 38 by the t distribution (35 by the normal one).
    assert scores_needed(15, 5, 0.95) == 38


def test_nothing_is_told_of_small_cells(view):
    shop = view.table.set_index("what").loc["shop"]
    assert pd.isna(shop["n"])
    assert pd.isna(shop["more_answers"])
    assert shop["more"] == view.table.set_index("what").loc["letter", "more"]  # as if there were none
    data = frame()
    data["who"] = ["crew"] * 3 + ["guest"] * 20 + ["owner"] * (N - 23)
    rows = cx.baseline(survey(data)).blind_spots().table.set_index("what")
    assert rows.loc[["who = crew", "who = guest"], "n"].isna().all()  # one would give the other away
    assert rows.loc["who = crew", "more"] == rows.loc["who = guest", "more"]


def test_a_wider_margin_needs_fewer_and_never_less_than_30():
    base = cx.baseline(survey(), MAP)
    wide = base.blind_spots(margin=2.0).table.set_index("what")
    assert wide.loc["call", ["more", "why"]].tolist() == [10, "fewer than 30 answers"]
    tight = base.blind_spots(margin=0.1).table.set_index("what")
    assert "web" in tight.index
    assert tight.loc["call", "more"] > 500


def test_without_a_map_only_the_data_are_looked_at():
    view = cx.baseline(survey()).blind_spots()
    assert set(view.table["kind"]) == {"touchpoint without data", "segment not heard", "too few answers"}
    assert view.note.endswith("Without a touchpoint map, stages and needs are not looked at.")


def test_what_the_baseline_is_grouped_by_does_not_matter(view):
    data = survey()
    for options in ({"by": "who"}, {"per": "stage"}):
        again = cx.baseline(data, MAP, **options).blind_spots(segments=[cx.Segment("Pilots", {"who": "pilot"})])
        pd.testing.assert_frame_equal(again.table, view.table)


def test_without_a_scale_the_spread_of_scores_sets_the_margin():
    data = frame().replace({"call": {6: np.nan}, "shop": {6: np.nan}, "desk": {6: np.nan}})
    view = cx.baseline(survey(data, scale=None, segments=[])).blind_spots()
    assert f"within ±{0.4 * data[['web', 'call', 'bill', 'app']].std().median():.2f}" in view.note
    assert view.table["what"].tolist() == ["desk", "shop", "call"]


def test_weights_and_clusters_make_more_answers_needed():
    data = frame().assign(w=np.tile([0.2, 1.8], N // 2), house=np.repeat(range(N // 4), 4))
    data["call"] = np.repeat(np.random.default_rng(1).integers(1, 6, N // 4), 4)
    more = []
    for roles in ({}, {"weight": "w"}, {"cluster": "house"}):
        found = cx.baseline(survey(data, segments=[], **roles)).blind_spots(margin=0.1).table
        more.append(found.set_index("what").loc["call", "more"])
    assert more[0] < more[1] < more[2]
    assert (more[2] + N) / (more[0] + N) == pytest.approx(4, rel=0.03)  # four who agree count as one


def test_segments_of_a_study_are_heard_or_not():
    study = cx.datasets.load_airport()
    view = cx.baseline(study.survey(), study.map()).blind_spots(segments=study.segments)
    assert "segment not heard" not in set(view.table["kind"])


def test_bad_arguments_are_refused():
    base = cx.baseline(survey(), MAP)
    for margin in (0, -1, float("nan"), "wide"):
        with pytest.raises(ValuesError) as e:
            base.blind_spots(margin=margin)
        assert str(e.value) == f"margin={margin!r} is no width. Give points of the score above 0, such as 0.4."
    with pytest.raises(ValuesError) as e:
        base.blind_spots(segments=[cx.Segment("Crew", {"whom": "crew"})])
    assert str(e.value) == (
        "segment 'Crew' asks for column 'whom', which is not among the survey's segments. Did you mean 'who'? "
        "Segments: who, id. Name the column in Survey(..., segments=[...])."
    )
    with pytest.raises(ValuesError) as e:
        base.blind_spots(segments=[cx.Segment("Crew", {"who": (1, 2)})])
    assert str(e.value) == (
        "segment 'Crew' (who from 1 to 2) compares numbers with text. "
        "A range needs ends of the column's own kind; a choice among words is a list."
    )


def test_the_figures_of_a_segment_without_respondents_are_refused():
    with pytest.raises(ValuesError) as e:
        cx.baseline(survey(segments=["who"]), MAP).where(cx.Segment("Pilots", {"who": "pilot"}))
    assert str(e.value) == (
        "segment 'Pilots' (who = pilot) leaves none of the 400 answers. "
        "Values of 'who': 'crew', 'guest'; asked for: 'pilot'."
    )


def test_a_named_segment_does_not_give_away_a_hidden_value():
    made = frame().head(15).assign(who=["guest"] * 12 + ["crew"] * 3)
    named = [cx.Segment("Guests", {"who": "guest"})]
    table = cx.baseline(survey(made, segments=["who"]), MAP).blind_spots(segments=named).table
    own = table[table["kind"] == "segment not heard"].set_index("what")
    assert sorted(own.index) == ["Guests", "who = crew", "who = guest"]
    assert own["n"].isna().all()
    fair = made.assign(who=["guest"] * 9 + ["crew"] * 6)
    table = cx.baseline(survey(fair, segments=["who"]), MAP).blind_spots(segments=named).table
    assert sorted(table.loc[table["kind"] == "segment not heard", "n"]) == [6, 9, 9]


@pytest.mark.parametrize("name", ["St. Mary's desk", "Call: hold; wait", "x = not stated", "Price ($) of $20"])
def test_any_name_comes_out_whole(name):
    data = frame().rename(columns={"desk": name})
    touchpoints = ["web", name]
    made = cx.Survey(data, touchpoints=touchpoints, outcome={"nps": "nps"}, scale=cx.Scale(1, 5, not_used=[6]))
    finding = cx.baseline(made).blind_spots().finding
    assert finding.title == f"1 blind spot, the worst: {name}"
    assert finding.certainty == "nobody has scored it"


def test_of_a_stage_and_a_touchpoint_it_is_said_what_they_are():
    only = cx.baseline(survey(segments=[]).only(["web", "bill"]), cx.TouchpointMap(
        [cx.Touchpoint("web", stage="before"), cx.Touchpoint("bill", stage="before")],
        cx.Lifecycle(["before", "after"]),
    ))  # fmt: skip
    finding = only.blind_spots().finding
    assert finding.lead == '1 blind spot, the worst: the stage "after"'
    assert finding.certainty == "the map has nothing there"


def test_the_same_is_asked_of_other_answers(view):
    part = survey(frame().head(300))
    segments = [cx.Segment("Pilots", {"who": "pilot"})]
    pd.testing.assert_frame_equal(view.again(part).table, cx.baseline(part, MAP).blind_spots(segments=segments).table)


def test_segments_are_segments():
    with pytest.raises(OptionError) as e:
        cx.baseline(survey(), MAP).blind_spots(segments=["crew"])
    assert str(e.value) == (
        "blind_spots: segments works on a Segment, not on a str. Make one: cx.Segment(name, {column: value})."
    )
