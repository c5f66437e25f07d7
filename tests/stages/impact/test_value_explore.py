from __future__ import annotations

import pandas as pd
import pytest

import cxlens as cx
from tests.stages.impact.test_lifetime_value import COLUMNS, shop


def test_controls_ask_the_verb() -> None:
    result = cx.lifetime_value(shop(), by="kind", **COLUMNS)
    explorer = result.explore()
    assert explorer.params == {"by": "kind", "horizon": 365, "holdout": 90, "level": 0.95}
    explorer.controls["horizon"].value = 90
    explorer.controls["by"].value = ""
    expected = cx.lifetime_value(result.data, horizon=90)
    pd.testing.assert_frame_equal(explorer.result.table, expected.table)
    assert [days for _, days in explorer.controls["holdout"].options] == [14, 30, 60, 90]


def test_a_retention_rate_has_no_widget() -> None:
    with pytest.raises(cx.CxlensError) as refused:
        cx.lifetime_value(0.8, margin=10).explore()
    assert str(refused.value) == ("lifetime_value of a retention rate has no widget; ask again with another margin=.")
