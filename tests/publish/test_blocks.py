"""Blocks are data: each kind has a name that templates know."""

from __future__ import annotations

import dataclasses
import re
from typing import get_args

import pytest

from cxlens.publish import blocks
from cxlens.publish.page import TEMPLATES


def test_templates_know_every_kind_of_block():
    kinds = {block.kind for block in get_args(blocks.Block)}
    known = re.findall(r'block\.kind == "(\w+)"', (TEMPLATES / "blocks.html").read_text(encoding="utf-8"))
    assert sorted(known) == sorted(kinds)
    assert len(kinds) == len(get_args(blocks.Block))


def test_blocks_are_frozen():
    note = blocks.Note("so it is")
    with pytest.raises(dataclasses.FrozenInstanceError):
        note.text = "not so"


def test_a_table_gives_its_columns_in_order():
    table = blocks.Table("Shops", {"b": [1, 2], "a": ["x", "y"]})
    assert table.frame.columns.tolist() == ["b", "a"]
    assert table.frame["a"].tolist() == ["x", "y"]
