from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cxlens.engine.journey_shares import Members, members, share_sums
from tests.stages.journeys.lived import Small, log_of, small_logs


def summed(of_customers: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """The sums of a share, of the hits and all that each customer has."""
    parts, wholes = zip(*of_customers, strict=True)
    return (
        sum(parts),
        sum(wholes),
        sum(part**2 for part in parts),
        sum(part * one for part, one in zip(parts, wholes, strict=True)),
        sum(one**2 for one in wholes),
        sum(one > 0 for one in wholes),
    )


@given(small_logs(), st.randoms(use_true_random=False))
def test_sums_are_those_of_counting_customer_by_customer(small: Small, rng: object) -> None:
    events = log_of(small).rows()
    n = events.n_journeys
    whole = np.array([[rng.random() < 0.7 for _ in range(n)] for _ in range(3)])  # type: ignore[attr-defined]
    base = np.array([0, 2, 2, 1])
    hits = np.array([[rng.random() < 0.5 for _ in range(n)] for _ in base]) & whole[base]  # type: ignore[attr-defined]
    sums = share_sums(events, members(hits), members(whole), base)
    for item, of in enumerate(base):
        by_customer: dict[int, list[int]] = {}
        for journey, owner in enumerate(events.owner.tolist()):
            counted = by_customer.setdefault(owner, [0, 0])
            counted[0] += hits[item, journey]
            counted[1] += whole[of, journey]
        assert tuple(figure[item] for figure in sums) == summed(by_customer.values())


def test_nothing_is_no_share() -> None:
    events = log_of(Small([(0, 1, 0, False)], False)).rows()
    nobody = Members(np.zeros(0, np.int64), np.zeros(0, np.int64))
    sums = share_sums(events, nobody, nobody, np.array([0, 0]))
    assert [figure.tolist() for figure in sums] == [[0, 0]] * 6
    assert np.isnan(sums.share).all()
