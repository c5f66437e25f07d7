"""What is to be known about the figures of a record, in words: what was left out, and how intervals were made."""

from __future__ import annotations

from cxlens.common.values import count, few, percent
from cxlens.errors import listing
from cxlens.stages.drivers.record import Fit

ASSOCIATION = "Importance is association, not effect."


def note(record: Fit) -> str:
    """What was left out and why, how importance and intervals were made, and what has no figure."""
    left_out = [f"{few(n)} with {reason}" for reason, n in record.dropped.items()]
    sentences = [f"Left out: {listing(left_out)}." if left_out else "No answer was left out."]
    if record.asked.blanks == "impute":
        sentences.append("Scores left blank were imputed, anew in each resample; n counts real scores.")
    if record.asked.method != "lmg":
        sentences.append(f"Importance by {record.asked.method}.")
    if record.n_boot:
        spans = f"{percent(record.level)}, from {count(record.n_boot)} resamples"
        sentences.append(f"Intervals of importance and rank: {spans}.")
    without = _without_figure(record)
    if without:
        sentences.append(f"Not estimated: {listing(without)}.")
    return " ".join([*sentences, ASSOCIATION])


def _without_figure(record: Fit) -> list[str]:
    """What has no figure, each with the reason."""
    rows = record.unusable[["segment", "touchpoint", "reason"]].astype(str)
    return [
        f"{_place(segment, touchpoint)} ({reason})"
        for segment, touchpoint, reason in rows.itertuples(index=False, name=None)
    ]


def _place(segment: str, touchpoint: str) -> str:
    """``Desk in business``; the segment alone where all of it is meant."""
    if touchpoint == "all":
        return segment
    return f"{touchpoint} in {segment}" if segment else touchpoint
