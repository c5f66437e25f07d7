"""What interviews brought, beside the comments of a survey: shown as it was said, never counted with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from cxlens.common.result import View
from cxlens.common.values import plural
from cxlens.errors import listing
from cxlens.stages.baseline.wording import mask
from cxlens.study.interviews import read_interviews
from cxlens.study.survey import Survey

Interviews = str | Path | pd.DataFrame


def beside_comments(view: View, interviews: Interviews, touchpoint: str | None) -> View:
    """The comments of a survey, interviews as a table beside them; ``coverage`` says how many on each touchpoint."""
    said = read_interviews(interviews)
    if touchpoint is not None:
        said = said[said["touchpoint"] == touchpoint].reset_index(drop=True)
    said = said.assign(quote=said["quote"].map(mask))
    coverage = view.parts["coverage"]
    times = coverage["touchpoint"].map(said["touchpoint"].value_counts())
    counted = coverage.assign(interviews=times.fillna(0).astype("Int64"))
    parts = {**view.parts, "coverage": counted, "interviews": said}
    return replace(view, parts=parts, note=f"{view.note} {_told(said, view.survey)}")


def _told(said: pd.DataFrame, survey: Survey) -> str:
    """How many quotes and needs there are, and of which touchpoints the survey does not ask."""
    named = [name for name in said["touchpoint"].unique() if name]
    unasked = [name for name in named if name not in survey.touchpoints]
    told = f"Interviews brought {plural(len(said), 'note')}, shown beside and not counted."
    if unasked:
        told += f" The survey does not ask about {listing(unasked)}."
    unserved = int((said["touchpoint"] == "").sum())
    if unserved:
        verb = "names" if unserved == 1 else "name"
        told += f" Of the notes {unserved:,} {verb} a need that no touchpoint serves."
    return told
