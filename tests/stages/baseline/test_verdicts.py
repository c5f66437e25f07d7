"""Verdicts: every rule on one simulated survey, its figures against the drivers and by hand, whole messages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlens as cx
from cxlens.errors import OptionError
from cxlens.stages.baseline.partners import MATTERS, model_of
from cxlens.stages.baseline.verdict_rules import LITTLE
from cxlens.stages.baseline.verdicts import COLUMNS
from cxlens.stats.shrinkage import shrink

N, STANDARD = 1_500, [cx.Standard("mean", 3.8)]
PLAN = {  # stage, need, mean, effect, reach
    "site": ("before", "compare", 4.0, 0.6, 1.0),
    "form": ("before", "be quick", 3.4, 0.6, 0.8),
    "letter": ("before", "know more", 3.4, 0.0, 0.8),
    "phone": ("during", "ask", 4.0, 0.6, 0.7),
    "chat": ("during", "ask", 4.0, 0.0, 0.7),
    "statement": ("during", "keep track", 4.3, 0.0, 1.0),
    "desk": ("during", "be heard", 4.0, 0.6, 0.01),
}
NAMES = list(PLAN)


def answers(n: int = N, seed: int = 3) -> pd.DataFrame:
    """Simulated answers with a halo; chat copies most of phone, for the same users."""
    rng = np.random.default_rng(seed)
    _, _, mean, effect, reach = (np.array(values, object) for values in zip(*PLAN.values(), strict=True))
    feeling = np.sqrt(0.3) * rng.normal(size=(n, 1)) + np.sqrt(0.7) * rng.normal(size=(n, len(NAMES)))
    feeling[:, 4] = 0.97 * feeling[:, 3] + 0.24 * feeling[:, 4]
    used = rng.random((n, len(NAMES))) < reach.astype(float)
    used[:, 4] = used[:, 3] ^ (rng.random(n) < 0.05)
    scores = np.clip(np.round(mean.astype(float) + 1.1 * feeling), 1, 5)
    y = 7 + (used * (scores - 4)) @ effect.astype(float) + 1.5 * rng.normal(size=n)
    frame = pd.DataFrame(np.where(used, scores, 6).astype(int), columns=NAMES)
    frame["y"], frame["stay"], frame["who"] = y, (y > 7).astype(int), rng.choice(["one", "two"], n)
    return frame


def survey(frame: pd.DataFrame | None = None, names: list[str] = NAMES, **roles) -> cx.Survey:
    roles = {"outcome": {"y": "interval", "stay": "binary"}, "scale": cx.Scale(1, 5, not_used=[6]), **roles}
    return cx.Survey(answers() if frame is None else frame, touchpoints=names, segments=["who"], **roles)


def places(standards=STANDARD, costs: dict[str, float] | None = None, plan=PLAN) -> cx.TouchpointMap:
    stages = cx.Lifecycle(
        [
            cx.Stage("before", ["compare", "be quick", "know more", "trust"]),
            cx.Stage("during", ["ask", "keep track", "be heard", "be warned (lever)"]),
            "after",
        ]
    )
    made = [
        cx.Touchpoint(
            name,
            stage=stage,
            needs=[need],
            standards=standards,
            process={"phone": "help", "chat": "help", "form": "joining", "letter": "joining"}.get(name, ""),
            cost_per_contact=(costs or {}).get(name),
        )
        for name, (stage, need, *_) in plan.items()
    ]
    return cx.TouchpointMap([*made, cx.Touchpoint("flyer", stage="before")], stages)


@pytest.fixture(scope="module")
def drivers():
    return cx.drivers(survey(), n_boot=200, seed=5)


@pytest.fixture(scope="module")
def view(drivers):
    return cx.baseline(survey(), places()).verdicts(drivers)


def row(view, name: str) -> pd.Series:
    return view.table.set_index("touchpoint").loc[name]


def test_each_gets_its_verdict(view):
    assert view.kind == "verdicts"
    assert view.table.columns.tolist() == COLUMNS
    assert view.table[["touchpoint", "need", "verdict", "rule"]].to_numpy().tolist() == [
        ["form", "", "fix", "clearly below its standard, and it matters"],
        ["", "be warned (key need)", "add", "no touchpoint of the stage serves the need"],
        ["", "trust", "add", "no touchpoint of the stage serves the need"],
        ["", "", "add", "the stage has no touchpoint"],
        ["chat", "", "check overlap", "little would be lost without it beside phone"],
        ["statement", "", "above standard", "clearly above its standard, and it matters little"],
        ["desk", "", "not judged", "too few answers"],
        ["flyer", "", "not judged", "too few answers"],
        ["site", "", "keep", "clearly meets its standard"],
        ["phone", "", "keep", "clearly meets its standard"],
        ["letter", "", "keep", "clearly below its standard, but it matters little"],
    ]


def test_the_finding_says_what_comes_first(view):
    finding, form = view.finding, row(view, "form")
    assert finding.title == f"Fix form: it is {3.8 - form['mean']:.2f} below its standard of 3.8"
    assert finding.interval == f"[{3.8 - form['high']:.2f}, {3.8 - form['low']:.2f}]"
    assert finding.certainty == "clearly below, clear link"
    assert finding.more == [
        "1 to fix, 3 to add, 1 to check for overlap, 1 above standard, 2 not judged, 3 to keep",
    ]
    figures = f"{finding.figure} {finding.interval} below its standard of 3.8"
    assert str(view) == f"Fix form: it is {figures}; {finding.certainty}. {finding.more[0]}. n = 1,500."


def test_the_evidence_has_the_figures(view):
    form = row(view, "form")
    assert form["evidence"] == (
        f"rated {form['mean']:.2f} [{form['low']:.2f}, {form['high']:.2f}], n = {form['n']:,}; standard 3.8 (met with "
        f"probability under 0.01), {-form['distance']:.2f} [{-form['distance_high']:.2f}, {-form['distance_low']:.2f}] "
        f"standard deviations below it; +{form['coef']:.2f} points of y per rating point, effect {form['effect']:.2f} "
        f"[{form['effect_low']:.2f}, {form['effect_high']:.2f}] (matters with probability over 0.99)"
    )
    chat = row(view, "chat")
    assert chat["evidence"].endswith(
        f"; without it {100 * chat['r2_lost']:.1f} [{100 * chat['r2_lost_low']:.1f}, {100 * chat['r2_lost_high']:.1f}] "
        f"points of R² are lost; {100 * chat['jaccard']:.0f} % of the users of it or phone use both, scores correlate "
        f"by {chat['correlation']:.2f}"
    )
    assert row(view, "phone")["evidence"].endswith("; judged without chat")
    desk = row(view, "desk")
    assert desk["evidence"] == f"n = {desk['n']}, fewer than 30 answers; {desk['more']} more scores are needed"
    assert row(view, "flyer")["evidence"].startswith("not in the survey; ")


def test_certainty_is_what_is_said_of_it(view, drivers):
    table = view.table.set_index("touchpoint")
    form, letter, statement, site = (table.loc[name] for name in ("form", "letter", "statement", "site"))
    assert form["certainty"] == pytest.approx((1 - form["p_met"]) * form["p_matters"], abs=1e-12)
    assert letter["certainty"] == pytest.approx(1 - (1 - letter["p_met"]) * letter["p_matters"], abs=1e-12)
    error = (statement["distance_high"] - statement["distance_low"]) / 2 / 1.959964
    far = stats.norm.cdf((statement["distance"] - 0.2) / error)
    assert statement["certainty"] == pytest.approx(far * (1 - statement["p_matters"]), abs=1e-9)
    assert site["certainty"] == pytest.approx(1 - (1 - site["p_met"]) * site["p_matters"], abs=1e-12)
    model = model_of(drivers.record)
    i, j = NAMES.index("phone"), NAMES.index("chat")
    holds = (model.jaccard[i, j] >= 0.6) & (model.correlation[i, j] >= 0.7) & (model.fit(NAMES)[1][:, j] < 0.01)
    assert table.loc["chat", "certainty"] == holds[1:].mean() > 0.98
    assert view.table.loc[view.table["verdict"].isin(["add", "not judged"]), "certainty"].isna().all()


def test_figures_are_those_of_the_drivers(view, drivers):
    table, own = view.table.set_index("touchpoint"), drivers.table.set_index("touchpoint")
    others = [name for name in NAMES if name != "phone"]  # judged without chat
    np.testing.assert_allclose(table.loc[others, "coef"], own.loc[others, "coef"], rtol=1e-12)
    np.testing.assert_allclose(table.loc[NAMES, "importance"], own.loc[NAMES, "importance"], rtol=1e-12)
    last = drivers.measures.set_index("touchpoint")["last"]
    np.testing.assert_allclose(table.loc[others, "r2_lost"], last[others], atol=1e-9)


def test_resamples_are_those_of_the_drivers(drivers):
    coef, _ = model_of(drivers.record).fit(NAMES)
    np.testing.assert_allclose(coef[0], drivers.estimate.coef[0, 0], rtol=1e-7)
    theirs = drivers.draws.coef[:, 0]
    known = ~np.isnan(theirs)  # where few who used the desk were drawn
    assert known.mean() > 0.99
    np.testing.assert_allclose(coef[1:][known], theirs[known], atol=1e-6)


def test_what_matters_is_a_share_of_effects_drawn_together(view, drivers):
    model = model_of(drivers.record)
    in_order = sorted(NAMES)
    coef, _ = model.fit(in_order)
    raw = coef * model.scale[:, [NAMES.index(name) for name in in_order]]
    expected, drawn = shrink(raw[0], raw[1:], np.random.default_rng(drivers.record.seed), scale=1.0)
    for name in ("form", "letter", "statement"):
        place = in_order.index(name)
        assert row(view, name)["effect"] == pytest.approx(expected[place], rel=1e-12)
        assert row(view, name)["p_matters"] == (drawn[:, place] >= MATTERS).mean()


def test_effect_overlap_and_correlation_by_hand(view):
    frame = answers()
    users = frame["form"] != 6
    form = row(view, "form")
    spread = frame.loc[users, "form"].std(ddof=0)
    effect = form["coef"] * spread / frame["y"].std(ddof=0)
    assert form["effect"] == pytest.approx(effect, rel=0.05)  # shrunk, by little where all is sure
    assert form["distance"] == pytest.approx((form["mean"] - 3.8) / spread, rel=1e-9)
    assert form["distance_high"] == pytest.approx((form["high"] - 3.8) / spread, rel=1e-9)
    phone, chat = frame["phone"] != 6, frame["chat"] != 6
    assert row(view, "chat")["jaccard"] == pytest.approx((phone & chat).sum() / (phone | chat).sum(), rel=1e-12)
    both = frame[phone & chat]
    assert row(view, "chat")["correlation"] == pytest.approx(both["phone"].corr(both["chat"]), rel=1e-9)
    assert row(view, "chat")["partner"] == "phone"
    assert row(view, "form")["partner"] == ""


def test_the_correlation_of_a_pair_is_that_of_its_own_rows(shared):
    # Who used both spreads more than who used one: with variances over all users the correlation was shown as 1.
    frame = pd.read_csv(shared / "cases" / "31c_pairs_vary.csv")
    names = ["web", "call", "bill"]
    made = cx.Survey(frame, touchpoints=names, outcome="overall", scale=cx.Scale(1, 5, not_used=[None]))
    stages = cx.Lifecycle([cx.Stage("use")])
    points = [cx.Touchpoint(name, stage="use", needs=[need]) for name, need in zip(names, "xxy", strict=True)]
    table = cx.baseline(made, cx.TouchpointMap(points, stages)).verdicts(cx.drivers(made, n_boot=20)).table
    correlation = table.set_index("touchpoint").loc["web", "correlation"]
    assert correlation == pytest.approx(frame["web"].corr(frame["call"]), rel=1e-9)
    assert round(correlation, 3) == 0.559


def test_what_is_kept_is_judged_in_the_model_without_the_other(view):
    rest = [name for name in NAMES if name != "chat"]
    frame = answers()
    frame["phone_used"] = frame["phone"]
    alone = cx.drivers(survey(frame, rest), n_boot=0)
    model = model_of(cx.drivers(survey(frame), n_boot=0).record)
    ours = dict(zip(rest, model.fit(rest)[0][0], strict=True))
    # usage of chat stays a control here, so the figures are near, not equal
    assert ours["phone"] == pytest.approx(alone.table.set_index("touchpoint").loc["phone", "coef"], rel=0.05)
    assert row(view, "phone")["coef"] == pytest.approx(ours["phone"], rel=1e-9)
    assert row(view, "phone")["q_value"] < 1e-6


def test_of_a_pair_that_cannot_be_told_apart_the_dearer_is_named():
    frame, rng = answers(), np.random.default_rng(9)
    frame["y"] -= 0.4 * frame["phone"].where(frame["phone"] != 6, 4)
    swapped = rng.random(N) < 0.5  # both carry the same
    frame.loc[swapped, ["phone", "chat"]] = frame.loc[swapped, ["chat", "phone"]].to_numpy()
    found = cx.drivers(survey(frame), n_boot=100)
    for dear, cheap in (("phone", "chat"), ("chat", "phone")):
        view = cx.baseline(survey(frame), places(costs={dear: 9.0, cheap: 1.0})).verdicts(found)
        assert row(view, dear)["verdict"] == "check overlap"
        assert "a contact costs 9.00" in row(view, dear)["evidence"]
        assert row(view, cheap)["verdict"] == "keep"


def test_copies_lose_nothing_and_are_named_once():
    frame = answers().assign(chat=answers()["phone"])
    view = cx.baseline(survey(frame), places()).verdicts(cx.drivers(survey(frame), n_boot=50))
    assert sorted(view.table.set_index("touchpoint").loc[["phone", "chat"], "verdict"]) == ["check overlap", "keep"]
    assert view.table.set_index("touchpoint")["r2_lost"].loc[["phone", "chat"]].min() == pytest.approx(0, abs=1e-6)
    assert view.table.loc[view.table["verdict"] == "check overlap", "correlation"].tolist() == [pytest.approx(1)]


@pytest.mark.parametrize("change", [("during", "chat about it"), ("before", "ask")])
def test_without_a_shared_need_or_stage_nothing_is_redundant(change, drivers):
    plan = PLAN | {"chat": (*change, 4.0, 0.0, 0.7)}
    view = cx.baseline(survey(), places(plan=plan)).verdicts(drivers)
    assert row(view, "chat")["partner"] == ""
    assert "check overlap" not in set(view.table["verdict"])


def test_without_drivers_what_is_not_likely_to_meet_its_standard_is_not_judged():
    view = cx.baseline(survey(), places()).verdicts()
    table = view.table.set_index("touchpoint")
    assert table["verdict"].loc[["form", "letter"]].tolist() == ["not judged", "not judged"]
    assert row(view, "form")["rule"] == "clearly below its standard; whether it matters is not known"
    assert row(view, "form")["evidence"].endswith("; whether it matters is not known")
    assert pd.isna(row(view, "form")["certainty"])
    assert row(view, "site")[["verdict", "rule"]].tolist() == ["keep", "clearly meets its standard"]
    assert row(view, "site")["certainty"] == row(view, "site")["p_met"]
    assert not {"fix", "check overlap", "above standard"} & set(table["verdict"])
    assert str(view) == "No touchpoint clearly needs fixing. 3 to add, 4 not judged, 4 to keep. n = 1,500."
    assert view.note == (
        "Clearly below its standard: q under 0.05. A verdict needs a certainty of 0.8. Whether touchpoints matter is "
        "not known: what does not likely meet its standard is not judged. Give drivers."
    )


def test_without_standards_nothing_is_judged(drivers):
    view = cx.baseline(survey(), places([])).verdicts(drivers)
    assert row(view, "form")["rule"] == "it has no standard that ratings can meet"
    assert row(view, "form")["verdict"] == "not judged"
    assert pd.isna(row(view, "form")["certainty"])
    assert str(view) == ("No touchpoint can be judged. 3 to add, 1 to check for overlap, 7 not judged. n = 1,500.")


def test_what_nobody_can_control_is_never_to_be_fixed(drivers):
    free = places()
    held = [replace(place, controllable=place.name != "form") for place in free]
    view = cx.baseline(survey(), cx.TouchpointMap(held, free.lifecycle)).verdicts(drivers)
    form = row(view, "form")
    assert form["verdict"] == "keep"
    assert form["rule"] == "clearly below its standard and it matters, but nobody can control it"
    assert form["certainty"] == pytest.approx((1 - form["p_met"]) * form["p_matters"], abs=1e-12)
    assert view.finding.title == "No touchpoint clearly needs fixing"


def test_a_standard_may_be_a_top_box(drivers):
    view = cx.baseline(survey(), places([cx.Standard("top_box", 0.6)])).verdicts(drivers)
    form = row(view, "form")
    assert form["verdict"] == "fix"
    assert "; high ratings " in form["evidence"]
    assert ", standard 60 % (met with probability under 0.01), " in form["evidence"]
    high = (answers()["form"].where(answers()["form"] != 6).dropna() >= 4).mean()
    assert form["distance"] == pytest.approx((high - 0.6) / np.sqrt(high * (1 - high)), rel=1e-9)
    assert view.finding.title == (
        f"Fix form: it is {-form['distance']:.2f} standard deviations below its standard of 60 % high ratings"
    )


def test_what_is_at_its_standard_is_undecided(drivers):
    view = cx.baseline(survey(), places([cx.Standard("mean", answers()["site"].mean() + 0.01)])).verdicts(drivers)
    assert row(view, "site")["rule"] == "it matters, but is not clearly off its standard"
    assert row(view, "site")["verdict"] == "undecided"
    assert pd.isna(row(view, "site")["certainty"])


def test_a_small_effect_does_not_matter_however_sure():
    frame = answers(40_000, 1)
    frame["y"] += 0.05 * frame["letter"].where(frame["letter"] != 6, 4)
    found = cx.drivers(survey(frame), n_boot=50)
    letter = row(cx.baseline(survey(frame), places()).verdicts(found), "letter")
    assert letter["q_value"] < 1e-4
    assert 0 < letter["effect"] < letter["effect_high"] < MATTERS
    assert letter["rule"] == LITTLE


def test_the_order_of_touchpoints_does_not_matter(view):
    names = NAMES[::-1]
    other = cx.baseline(survey(names=names), places()).verdicts(cx.drivers(survey(names=names), n_boot=200, seed=5))
    columns = ["verdict", "certainty", "n", "coef", "effect", "r2_lost_high", "jaccard"]
    mine, theirs = (one.table[one.table["touchpoint"] != ""].set_index("touchpoint")[columns] for one in (view, other))
    pd.testing.assert_frame_equal(theirs.loc[mine.index], mine, rtol=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {"outcome": "stay", "n_boot": 20},
        {"n_boot": 0},
        {"blanks": "impute", "n_boot": 20},
        {"method": "relative weights", "n_boot": 20},
        {"groups": {"joining": ["form", "letter"]}, "n_boot": 20},
        {"covariates": ["statement", "who"], "n_boot": 20},
    ],
)
def test_drivers_of_any_kind_will_do(options):
    asked = survey(names=NAMES[:-1])  # pairs with the few who used the desk tell nothing
    found = cx.baseline(asked, places()).verdicts(cx.drivers(asked, **options))
    table = found.table.set_index("touchpoint")
    assert table.loc["form", "verdict"] == "fix"
    assert table.loc["chat", "verdict"] == "check overlap"
    assert pd.isna(table.loc["form", "coef"]) == ("groups" in options)


def test_a_process_takes_the_verdict_of_its_worst(view):
    parts = view.parts["processes"].set_index("process")
    assert parts[["verdict", "rule", "touchpoints"]].to_numpy().tolist() == [
        ["fix", "form is to be fixed", "form, letter"],
        ["keep", "no touchpoint in it is to be fixed", "phone, chat"],
    ]
    assert parts.loc["joining", "certainty"] == row(view, "form")["certainty"]
    assert parts.loc["help", "certainty"] == row(view, "phone")["certainty"]
    base = cx.baseline(survey(), places(), per="process").table.set_index("process")
    pd.testing.assert_frame_equal(
        parts[["n", "mean", "low", "high"]], base.loc[parts.index, ["n", "mean", "low", "high"]]
    )


def test_processes_that_were_not_asked_about_have_no_figures():
    only = cx.TouchpointMap([cx.Touchpoint("fax", stage="a", process="old")], cx.Lifecycle(["a"]))
    parts = cx.baseline(survey(), only).verdicts().parts["processes"]
    assert parts[["process", "verdict", "rule"]].to_numpy().tolist() == [
        ["old", "not judged", "the verdict of each of its touchpoints"]
    ]
    assert parts["mean"].isna().all()


def test_a_baseline_by_segment_or_stage_gives_the_same(view, drivers):
    for options in ({"by": "who"}, {"per": "stage"}):
        again = cx.baseline(survey(), places(), **options).verdicts(drivers)
        pd.testing.assert_frame_equal(again.table, view.table)


def test_a_stricter_level_tells_less(drivers):
    near = places([cx.Standard("mean", answers()["site"].mean() - 0.08)])
    usual, strict = (cx.baseline(survey(), near, level=level).verdicts(drivers) for level in (0.95, 0.9999))
    assert row(usual, "site")["rule"] == "clearly meets its standard"
    assert row(strict, "site")["rule"] == "likely meets its standard"
    assert strict.note.startswith("Clearly below its standard: q under 0.00.")


def test_other_answers_are_judged_with_drivers_of_their_own(view, drivers):
    part = survey(answers(900))
    again = view.again(part)
    own = cx.baseline(part, places()).verdicts(cx.drivers(part, **drivers.options))
    pd.testing.assert_frame_equal(again.table, own.table)
    same = view.again(view.record)
    pd.testing.assert_frame_equal(same.table, view.table)


def test_bad_arguments_are_refused(drivers):
    base = cx.baseline(survey(), places())
    with pytest.raises(OptionError) as e:
        cx.baseline(survey()).verdicts()
    assert str(e.value) == (
        "verdicts need a touchpoint map: it says which stage, needs and standards a touchpoint has. "
        "Give it to the baseline: cx.baseline(survey, touchpoint_map)."
    )
    with pytest.raises(OptionError) as e:
        base.verdicts(survey())
    assert str(e.value) == "verdicts with drivers works on a Drivers, not on a Survey. Make one: cx.drivers(survey)."
    with pytest.raises(OptionError) as e:
        base.verdicts(cx.drivers(survey(), by="who", n_boot=0))
    assert str(e.value) == "verdicts take drivers of all answers, and these are by 'who'. Leave out by=."
    with pytest.raises(OptionError) as e:
        cx.baseline(survey(names=NAMES[1:]), places()).verdicts(drivers)
    assert str(e.value) == (
        "drivers: touchpoint 'site' is not known here. "
        "Touchpoints of the baseline: form, letter, phone, chat, statement, desk."
    )
    with pytest.raises(OptionError) as e:
        cx.baseline(survey(answers(900)), places()).verdicts(drivers)
    assert str(e.value) == "the drivers are of 1,500 answers, the baseline of 900. Make both from the same survey."
