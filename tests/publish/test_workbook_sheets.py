"""What stands in the workbook: by stage, only what the study's parts allow, no row about a single answer."""

from __future__ import annotations

from itertools import chain

import cxlens as cx
from cxlens.publish.desk import Desk
from cxlens.publish.workbook_sheets import TOPICS


def names_of(study):
    desk = Desk(study)
    topics = [topic for topic in TOPICS if all(desk.has(part) for part in topic.needs)]
    return [named.name for named in chain.from_iterable(topic.named(desk) for topic in topics)]


def test_an_empty_study_has_no_tables():
    assert names_of(cx.Study("Airport")) == []


def test_a_chain_has_its_places():
    study = cx.datasets.load_chain()
    desk = Desk(study)
    asked = [named.name for topic in TOPICS[1:4] for named in topic.named(desk)]
    assert "Places" in asked
    assert "By hotel" not in asked
    assert "By wave" in asked


def test_each_name_and_what_it_is_fits_a_line():
    desk = Desk(cx.datasets.load_airport())
    asked = [named for topic in TOPICS[:5] for named in topic.named(desk)]
    assert len({named.name for named in asked}) == len(asked)
    assert all(len(named.name) <= 31 and len(named.about) <= 90 for named in asked)
