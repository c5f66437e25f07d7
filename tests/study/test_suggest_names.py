"""Names from questions: what differs in them."""

from __future__ import annotations

import pytest

from cxlens.study.suggest_names import names_of


@pytest.mark.parametrize(
    ("questions", "names"),
    [
        (["How was the check-in?", "How was the room?", "How was the Wi-Fi?"], ["Check-in", "Room", "Wi-Fi"]),
        (["Please rate: - Web", "Please rate: - Call", "Please rate: - Bill"], ["Web", "Call", "Bill"]),
        (
            ["The web page is easy to use", "The app is easy to use", "The desk is easy to use"],
            ["Web page", "App", "Desk"],
        ),
        (["Web", "Call", "Bill"], ["Web", "Call", "Bill"]),
        (["web", "call", "bill"], ["web", "call", "bill"]),  # nothing shared: as they are
        (["How was the web?", "How was the call?"], ["How was the web?", "How was the call?"]),  # two tell too little
        (["How was it?", "How was it?", "How was it?"], None),
        (["Web", "", "Bill"], None),
        (["x" * 61, "y", "z"], None),
        (["Rate the room", "Rate the room service", "Rate the room now"], ["Rate the room", "Rate the room service",
                                                                          "Rate the room now"]),
    ],
)  # fmt: skip
def test_names_are_what_differs(questions: list[str], names: list[str] | None) -> None:
    assert names_of(questions) == names
