"""A log by the stages, phases, channels and processes of a map."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import OptionError, ValuesError
from cxlens.study.journeys import JourneyLog
from tests.study.orders import orders


def ways() -> cx.TouchpointMap:
    """Web and Shop before, Order and Call at the purchase; no process for Call."""
    stages = [cx.Stage("look", phase="before"), cx.Stage("choose", phase="before"), cx.Stage("buy", phase="at")]
    return cx.TouchpointMap(
        [
            cx.Touchpoint("Web", stage="look", channel="online", process="sales"),
            cx.Touchpoint("Shop", stage="choose", channel="store", process="sales"),
            cx.Touchpoint("Order", stage="buy", channel="online", process="sales"),
            cx.Touchpoint("Call", stage="buy", channel="phone"),
        ],
        cx.Lifecycle(stages),
    )


class TestBy:
    def log(self, **columns: Any) -> JourneyLog:
        roles = {"customer": "who", "touchpoint": "met", "time": "at", "outcome": "ordered", "value": "paid"}
        return JourneyLog(orders(**columns), **roles, ends_at="Order", gap="30 days")

    @pytest.mark.parametrize(
        ("level", "of"),
        [
            ("stage", {"Web": "look", "Shop": "choose", "Order": "buy", "Call": "buy"}),
            ("phase", {"Web": "before", "Shop": "before", "Order": "at", "Call": "at"}),
            ("channel", {"Web": "online", "Shop": "store", "Order": "online", "Call": "phone"}),
        ],
    )
    def test_each_event_is_told_by_the_map(self, level: Any, of: dict[str, str]) -> None:
        log = self.log()
        rolled_up = log.by(ways(), level)
        wanted = log.table
        for column in ("touchpoint", "next"):
            wanted[column] = wanted[column].astype(object).map(of)
        made = rolled_up.table.astype({"touchpoint": object, "next": object})
        pd.testing.assert_frame_equal(made, wanted, check_dtype=False)
        assert set(rolled_up.touchpoints) == set(of.values())
        reached = cx.paths(rolled_up, min_n=1).drop_off.set_index("touchpoint")["reached"]
        for place in rolled_up.touchpoints:
            met = wanted[wanted["touchpoint"] == place]
            assert reached[place] == len(met[["customer", "episode"]].drop_duplicates())

    def test_episodes_and_the_log_stay_as_they_were(self) -> None:
        log = self.log()
        before = log.table
        episodes = log.by(ways(), "stage").episodes
        pd.testing.assert_frame_equal(episodes, log.episodes)
        pd.testing.assert_frame_equal(log.table, before)
        assert "14 events at 3 stages;" in str(log.by(ways(), "stage"))
        assert '<th class="short">channel</th>' in log.by(ways(), "channel")._repr_html_()

    def test_processes(self) -> None:
        met = orders().replace({"met": {"Call": "Shop"}})["met"]
        assert "14 events at 1 process;" in str(self.log(met=met).by(ways(), "process"))

    @pytest.mark.parametrize(
        ("level", "renamed", "said"),
        [
            (
                "stage",
                {"Web": "Wbe", "Call": "Xyz"},
                "2 touchpoints of the log are not in the map: 'Wbe' (nearest: 'Web'), 'Xyz' (none is near). "
                "Write the names alike, or add them to the map.",
            ),
            (
                "stage",
                {"Call": "call"},
                "1 touchpoint of the log is not in the map: 'call' (nearest: 'Call'). Write the names alike, or add "
                "them to the map.",
            ),
            (
                "process",
                {},
                "the map names no process for 1 of 4 touchpoints of the log: 'Call'. "
                "Name it in Touchpoint(..., process=...).",
            ),
            (
                "owner",
                {},
                "level='owner' is not an option. Options: 'stage', 'phase', 'channel', 'process'.",
            ),
        ],
    )
    def test_what_is_refused(self, level: Any, renamed: dict[str, str], said: str) -> None:
        with pytest.raises(OptionError) as error:
            self.log(met=orders()["met"].replace(renamed)).by(ways(), level)
        assert str(error.value) == said

    def test_it_takes_a_map(self) -> None:
        with pytest.raises(OptionError) as error:
            self.log().by({"Web": "look"}, "stage")  # type: ignore[arg-type]
        assert str(error.value) == (
            "JourneyLog.by works on a TouchpointMap, not on a dict. Make one: cx.TouchpointMap(touchpoints, lifecycle)."
        )

    def test_a_stage_cannot_be_called_like_an_end(self) -> None:
        touchpoints = [cx.Touchpoint(name, stage="(end)") for name in ("Web", "Shop", "Order", "Call")]
        with pytest.raises(ValuesError) as error:
            self.log().by(cx.TouchpointMap(touchpoints, cx.Lifecycle(["(end)"])), "stage")
        assert str(error.value) == (
            "the map holds '(end)', which stands for an end of a journey in tables of paths. "
            "Give that stage another name."
        )
