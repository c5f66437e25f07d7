"""Whether an answer to an exercise is right, told without holding the answer.

The students' notebooks hold a fingerprint of each answer; who reads it learns nothing.
"""

from __future__ import annotations

import hashlib
from typing import Any

ROUNDS = 100_000  # so that trying many answers takes longer than working one out
RIGHT = "Right."
NOT_YET = "Not yet. Read the question once more: what is counted, among whom, and in which unit?"


def check_answer(answer: Any, expected: str) -> None:
    """Say whether an answer has the expected fingerprint."""
    exercise = expected.partition(":")[0]
    is_right = fingerprint(answer, exercise) == expected
    print(RIGHT if is_right else NOT_YET)


def fingerprint(answer: Any, exercise: str) -> str:
    """The exercise, and what is left of an answer that cannot be turned back."""
    text = plain(answer)
    digest = hashlib.pbkdf2_hmac("sha256", text.encode(), exercise.encode(), ROUNDS)
    return f"{exercise}:{digest.hex()[:16]}"


def plain(answer: Any) -> str:
    """An answer as text: the same for 2, 2.0 and NumPy's 2, for a list and a tuple, and for a set in any order."""
    if hasattr(answer, "tolist"):
        answer = answer.tolist()
    if isinstance(answer, dict):
        answer = set(answer.items())
    if isinstance(answer, (set, frozenset)):
        return "{" + ", ".join(sorted(plain(one) for one in answer)) + "}"
    if isinstance(answer, (list, tuple)):
        return "(" + ", ".join(plain(one) for one in answer) + ")"
    if isinstance(answer, (bool, str)):
        return repr(answer)
    if isinstance(answer, (int, float)):
        return f"{float(answer) + 0.0:.6g}"
    return repr(answer)
