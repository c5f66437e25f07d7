"""Work on batches keeps their order and their row numbers, and tells what went wrong."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from cxlens.engine.batches import in_turn


def batches(sizes: list[int]) -> list[pa.RecordBatch]:
    return [pa.record_batch({"x": [k] * size}) for k, size in enumerate(sizes)]


def test_answers_come_in_the_order_of_the_batches() -> None:
    def slow_at_first(batch: pa.RecordBatch, start: int) -> tuple[int, int]:
        time.sleep(0.02 if start == 0 else 0)
        return start, batch.num_rows

    sizes = [3, 1, 4, 1, 5]
    found = list(in_turn(batches(sizes), slow_at_first))
    assert found == [(0, 3), (3, 1), (4, 4), (8, 1), (9, 5)]
    assert list(in_turn([], slow_at_first)) == []


def test_one_at_work_begins_when_the_one_before_is_done() -> None:
    log: list[str] = []

    def slow_at_first(_: pa.RecordBatch, start: int) -> None:
        log.append(f"begin {start}")
        time.sleep(0.02 if start == 0 else 0)
        log.append(f"end {start}")

    list(in_turn(batches([1, 1, 1]), slow_at_first, at_work=1))
    assert log == ["begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"]


def test_an_error_of_the_work_is_raised() -> None:
    def fails(batch: pa.RecordBatch, start: int) -> int:
        raise ValueError(f"row {start}")

    with pytest.raises(ValueError, match="row 0"):
        list(in_turn(batches([2, 2]), fails))


@pytest.mark.parametrize("inner_fails", [True, False])
def test_after_an_error_in_work_on_work_blas_has_its_threads_again(inner_fails: bool) -> None:
    def same(batch: pa.RecordBatch, start: int) -> pa.RecordBatch:
        assert threads_of_blas() == {1}
        return batch

    def fails(batch: pa.RecordBatch, start: int) -> pa.RecordBatch:
        raise ValueError(f"row {start}")

    first, then = (fails, same) if inner_fails else (same, fails)
    with threadpool_limits(2, user_api="blas"):
        before = threads_of_blas()
        with pytest.raises(ValueError, match="row 0"):
            list(in_turn(in_turn(batches([1] * 9), first, at_work=1), then, at_work=1))
        assert threads_of_blas() == before == {2}


def threads_of_blas() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}
