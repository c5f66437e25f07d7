"""Differences between segments: against separate analyses, what is not tested and why, every sentence, false alarms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.engine import answers as answers_module
from cxlens.engine import tables
from cxlens.stages.drivers.differences import common_leader, compared, levels_differ

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])
COLUMNS = ["segment", "touchpoint", "difference", "low", "high", "p_value"]


def answers(n: int = 600, seed: int = 1) -> pd.DataFrame:
    """Simulated answers on a scale of 5 with a halo: 6 for not used; three segments of which nothing differs."""
    rng = np.random.default_rng(seed)
    scores = np.clip(np.round(3.4 + 0.6 * rng.normal(size=(n, 1)) + rng.normal(size=(n, 4)) * 0.9), 1, 5).astype(int)
    frame = pd.DataFrame(scores, columns=list("abcd"))
    frame["y"] = scores @ [0.6, 0.4, 0.2, 0.0] + rng.normal(size=n)
    frame["stays"] = (frame["y"] + rng.normal(size=n) > 4).astype(int)
    frame["group"] = rng.choice(["one", "two", "three"], n)
    frame["w"] = rng.uniform(0.5, 2, n)
    frame.loc[rng.random(n) < 0.2, "c"] = 6
    return frame


def survey(frame: pd.DataFrame | None = None, **roles) -> cx.Survey:
    kinds = {"y": "interval", "stays": "binary"}
    roles = {"touchpoints": list("abcd"), "outcome": kinds, "scale": SCALE, "segments": ["group"], **roles}
    return cx.Survey(answers() if frame is None else frame, **roles)


def different(n: int = 600) -> pd.DataFrame:
    """The same, but a point of a goes with nothing in two."""
    frame = answers(n)
    frame.loc[frame["group"] == "two", "y"] -= 0.6 * frame["a"]
    return frame


def test_a_contrast_of_two_segments_is_the_difference_of_two_analyses():
    frame = answers()
    frame["group"] = frame["group"].replace("three", "two")
    result = cx.drivers(survey(frame, weight="w"), by="group", n_boot=0)
    alone = {
        name: cx.drivers(survey(part, weight="w"), n_boot=0).table.set_index("touchpoint")["coef"]
        for name, part in frame.groupby("group")
    }
    assert result.contrasts.columns.tolist() == COLUMNS
    assert len(result.contrasts) == 2 * 4
    for row in result.contrasts.to_dict("records"):
        other = "two" if row["segment"] == "one" else "one"
        difference = alone[row["segment"]][row["touchpoint"]] - alone[other][row["touchpoint"]]
        assert row["difference"] == pytest.approx(difference, abs=1e-10)
        assert row["low"] < row["difference"] < row["high"]


def test_p_values_are_those_of_the_largest_of_all_and_agree_with_the_intervals():
    contrasts = cx.drivers(survey(different()), by="group", n_boot=0).contrasts
    is_clear = contrasts["p_value"] < 0.05
    assert 0 < is_clear.sum() < len(contrasts)
    assert (is_clear == (contrasts["low"] * contrasts["high"] > 0)).all()
    leader = contrasts.loc[contrasts["p_value"].idxmin()]
    assert (leader["segment"], leader["touchpoint"]) == ("two", "a")
    assert leader["p_value"] == 0.001  # none of 999


def test_players_of_several_columns_are_controls_of_each_segment():
    result = cx.drivers(survey(), by="group", groups={"front": ["a", "d"]}, n_boot=0)
    assert sorted(set(result.contrasts["touchpoint"])) == ["b", "c"]
    alone = cx.drivers(survey(answers()), by="group", n_boot=0).contrasts
    merged = result.contrasts.merge(alone, on=["segment", "touchpoint"])
    others = merged["difference_x"] - merged["difference_y"]
    assert others.abs().max() < 0.05  # others' a and d differ by segment here, and not there


def test_what_each_segment_needs_to_be_compared():
    frame = answers()
    frame.loc[:19, "group"] = "few"  # six columns: 30 answers needed
    result = cx.drivers(survey(frame), by="group", n_boot=0)
    assert "few" in result.segments
    assert "few" not in set(result.contrasts["segment"])
    assert "Not compared, with fewer than 5 answers for each coefficient: few." in result.note
    assert [result.segments[s] for s in compared(result.record)] == ["one", "three", "two"]


def test_a_segment_is_not_compared_with_a_handful():
    frame = answers()
    frame["group"] = ["big"] * 594 + ["next"] * 3 + ["few"] * 3
    result = cx.drivers(survey(frame), by="group", n_boot=0)
    assert result.segments == ("big",)
    assert result.contrasts.empty
    assert result.finding.lead == "What matters most by group"


def test_without_segments_there_is_nothing_to_compare():
    assert cx.drivers(survey(), n_boot=0).contrasts.columns.tolist() == COLUMNS
    assert cx.drivers(survey(answers().assign(group="all")), by="group", n_boot=0).contrasts.empty


def test_hidden_players_have_no_contrast():
    frame = answers()
    frame.loc[(frame["group"] == "one") & (frame.groupby("group").cumcount() > 2), "c"] = 6
    result = cx.drivers(survey(frame), by="group", n_boot=0)
    hidden = ~result.record.shown
    assert hidden.any()
    by_name = result.contrasts.set_index(["segment", "touchpoint"])
    for s, segment in enumerate(result.segments):
        for j, name in enumerate(result.touchpoints):
            assert not hidden[s, j] or by_name.loc[(segment, name)].isna().all()


def test_what_is_not_tested_is_told_and_not_claimed():
    made = survey(different())
    fitted = cx.drivers(made, outcome="stays", by="group", n_boot=0)
    assert fitted.contrasts.empty
    assert fitted.finding.lead == "What matters most by group"
    assert fitted.note.endswith("Segments are not tested against each other: stays is fitted.")
    imputed = cx.drivers(made, by="group", blanks="impute", n_boot=0)
    assert imputed.contrasts["difference"].notna().all()
    assert imputed.contrasts[["low", "high", "p_value"]].isna().all(axis=None)
    assert imputed.finding.lead == "What matters most by group"
    assert imputed.note.endswith("Segments are not tested against each other: scores were imputed.")
    frame = different().assign(shop=lambda frame: np.arange(len(frame)) % 5)
    few = cx.drivers(survey(frame, cluster="shop"), by="group", n_boot=0)
    assert few.contrasts["p_value"].isna().all()
    assert few.note.endswith("Segments are not tested against each other: too few clusters, 6 needed.")


def test_clusters_are_flipped_whole():
    frame = pd.concat([different(150)] * 4, ignore_index=True)
    frame["shop"] = np.tile(np.arange(150), 4)
    once = cx.drivers(survey(different(150)), by="group", n_boot=0).contrasts
    four_times = cx.drivers(survey(frame, cluster="shop"), by="group", n_boot=0).contrasts
    np.testing.assert_allclose(four_times["difference"], once["difference"], atol=1e-9)
    ratio = (four_times["high"] - four_times["low"]) / (once["high"] - once["low"])
    assert ratio.between(0.8, 1.05).all()  # four copies of an answer say no more than one, but for its leverage


def test_blocks_on_disk_tell_what_rows_tell(tmp_path, monkeypatch):
    frame = different(3000)
    frame.to_parquet(tmp_path / "a.parquet")
    inside = cx.drivers(survey(frame), by="group", n_boot=0).contrasts
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    monkeypatch.setattr(answers_module, "IN_MEMORY", 0)
    made = survey(tmp_path / "a.parquet")
    assert isinstance(made.source, tables.OnDisk)
    outside = cx.drivers(made, by="group", n_boot=0).contrasts
    np.testing.assert_allclose(outside["difference"], inside["difference"], atol=1e-8)
    assert ((outside["p_value"] < 0.05) == (inside["p_value"] < 0.05)).all()


# What it says


def test_sentence_of_a_difference():
    result = cx.drivers(survey(different()), by="group", n_boot=0)
    row = result.contrasts.set_index(["segment", "touchpoint"]).loc[("two", "a")]
    said = str(result)
    assert said.startswith(
        f"What matters differs by group, such as a: {-row['difference']:.2f} [{-row['high']:.2f}, {-row['low']:.2f}] "
        "points less for two; per rating point, against all others p < 0.01, allowing for 12 comparisons. "
        "For one: a, 24 of 40 points of importance. "
    )
    assert "first in" not in said


def test_sentence_where_nothing_clearly_differs():
    result = cx.drivers(survey(), by="group", n_boot=0)
    smallest = result.contrasts["p_value"].min()
    assert result.finding.lead == "What matters does not clearly differ by group"
    assert result.finding.certainty == f"smallest p {smallest:.2f}, allowing for 12 comparisons"


def test_a_leader_in_every_segment_is_a_claim_with_a_test():
    frame = answers()
    frame["y"] += frame["a"]
    result = cx.drivers(survey(frame), by="group", n_boot=100)
    assert result.finding.lead == "a clearly matters most in every segment of group"
    assert common_leader(cx.drivers(survey(frame), by="group", n_boot=0).record) == ""
    same_leader = cx.drivers(survey(), by="group", n_boot=100)
    assert set(same_leader.table.groupby("segment")["touchpoint"].first()) == {"a"}
    assert common_leader(same_leader.record) == ""
    frame.loc[:2, "group"] = "few"
    some_hidden = cx.drivers(survey(frame), by="group", n_boot=100)
    assert some_hidden.finding.lead == "a clearly matters most in every segment of group that can be shown"


def test_a_segment_in_which_nothing_is_clear_has_no_leader():
    frame = answers()
    is_three = frame["group"] == "three"
    frame.loc[is_three, "y"] = np.random.default_rng(3).normal(size=is_three.sum())
    said = cx.drivers(survey(frame), by="group", n_boot=0).finding.more
    assert "For three: nothing clearly" in said


def test_levels_near_an_end_are_told_where_something_differs():
    frame = different()
    frame["y"] = np.clip(np.round(frame["y"] + 2.5 * (frame["group"] != "two")), 1, 7)
    result = cx.drivers(survey(frame, outcome_scale={"y": cx.Scale(1, 7)}), by="group", n_boot=0)
    caution = "y itself differs, too: near the end of its scale this alone makes slopes differ"
    assert result.finding.lead.startswith("What matters differs")
    assert caution in result.finding.more
    assert levels_differ(cx.drivers(survey(different()), by="group", n_boot=0).record) == []  # no end
    frame = answers()
    frame["y"] = np.clip(np.round(frame["y"]), 1, 4)
    assert levels_differ(cx.drivers(survey(frame), by="group", n_boot=0).record) == []  # an end, and no other levels


@pytest.mark.simulation
def test_noise_between_segments_is_not_called_a_difference():
    """Segments dealt at random, four touchpoints, small ones among them: at most 5 of 100, and three errors of 40."""
    claims = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.integers(1, 6, (400, 4)), columns=list("abcd"))
        frame["y"] = np.clip(np.round(frame.sum(axis=1) / 3 + rng.normal(size=400)), 1, 7)
        frame["group"] = rng.permutation(np.repeat(list("klmno"), [200, 100, 40, 35, 25]))
        made = survey(frame, touchpoints=list("abcd"), outcome="y")
        finding = cx.drivers(made, by="group", method="relative weights", n_boot=20, seed=seed).finding
        claims.append(finding.lead.startswith("What matters differs") or "every segment" in finding.lead)
    assert np.mean(claims) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 40)
