"""From 0.1 to 10 million answers: what one pass over a Parquet file costs, and what the drivers cost after it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

TOUCHPOINTS = [f"t{j + 1}" for j in range(20)]
NOT_USED = 6  # in the columns of even number, about 3 answers in 10
CHUNK = 100_000  # rows made at once
REGIONS = pa.array(["North", "South", "West"])


def write_answers(path: Path, n: int, seed: int = 0) -> Path:
    """Write n simulated answers, a chunk at a time: scores 1 to 5 that correlate, an NPS question, three regions.

    No column of ids: every row is another respondent. Each chunk has a seed of its own, so a file begins like a
    longer one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    kinds = [(name, pa.int8()) for name in TOUCHPOINTS] + [("nps", pa.int8()), ("region", pa.string())]
    effects = np.linspace(0.4, 0.02, len(TOUCHPOINTS))
    with pq.ParquetWriter(path, pa.schema(kinds)) as file:
        for start in range(0, n, CHUNK):
            rng = np.random.default_rng([seed, start])
            m = min(CHUNK, n - start)
            mood = rng.standard_normal((m, 1), np.float32)
            latent = 0.6 * mood + 0.8 * rng.standard_normal((m, len(TOUCHPOINTS)), np.float32)
            scores = np.clip(np.rint(3.4 + latent), 1, 5)
            used = np.ones(scores.shape, bool)
            used[:, 1::2] = rng.random((m, len(TOUCHPOINTS) // 2), np.float32) < 0.7
            noise = rng.standard_normal(m, np.float32)
            nps = np.clip(np.rint(7 + np.where(used, scores - 3.4, 0) @ effects + 1.5 * noise), 0, 10)
            region = pa.DictionaryArray.from_arrays(rng.choice(3, m, p=[0.5, 0.3, 0.2]).astype(np.int8), REGIONS)
            columns = [pa.array(column.astype(np.int8)) for column in np.where(used, scores, NOT_USED).T]
            file.write_table(
                pa.table(
                    [*columns, pa.array(nps.astype(np.int8)), region.cast(pa.string())], names=[n for n, _ in kinds]
                )
            )
    return path
