"""The impact-effort matrix that can be moved: drag an initiative, and its probability follows.

The drawing is made by :mod:`cxlens.stages.improve.matrix_chart` and shown by ``board.js``, every figure by
:func:`cxlens.quick_wins`; here stands what a move means for the list of initiatives. The widgets of other results are
in :mod:`cxlens.stages.drivers.explore`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import pandas as pd
import traitlets

from cxlens.common.html import STYLE
from cxlens.common.saved import Saved
from cxlens.common.values import in_hundred, signed
from cxlens.errors import CxlensError, ValuesError, check_kind, check_known
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.improve.matrix_chart import (
    CSS,
    Frame,
    benefit_of,
    effort_words,
    frame_of,
    matrix_html,
    matrix_rows,
    matrix_svg,
    plain,
)
from cxlens.stages.improve.quick_wins import QuickWins, quick_wins
from cxlens.study.initiatives import ENDS

STEP = 0.05  # of the effort or lift an initiative began with: what one press of an arrow key changes
LEAST = 0.05  # of what it began with: less effort or lift it cannot get
MOVED = "Moved by hand since it was made."
SLIP = 5  # units of the drawing that count as no move, so that one can move along one axis alone


class ImpactEffortMatrix(Saved, anywidget.AnyWidget):
    """Initiatives by effort and benefit, to be moved by mouse, finger or keyboard.

    A move changes what is believed of an initiative: along effort it scales its range of effort (low, likely, high)
    in proportion, along benefit its range of lift. The verb is then asked again, with the cuts held, and what is shown
    is its answer; since scores have a ceiling, the benefit may be a little less than where one let go. Effort never
    falls below a twentieth of what it began with, nor does lift, which keeps its sign. Where lift is no figure
    (initiatives that reach a standard or take something away), only effort moves. What the verb refuses is said, and
    the last answer stays.

    Parameters
    ----------
    result
        From :func:`cxlens.quick_wins`. It is not changed.

    Attributes
    ----------
    result : QuickWins
        The last answer of the verb. ``matrix.observe(function, "result")`` tells of a new one.
    status : str
        What the last move did, in words; also what screen readers hear.

    Raises
    ------
    OptionError
        When what is given is not a result of ``quick_wins``, or there is no initiative of a name.
    ValuesError
        When a cut is no number, or the verb refuses the list.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> plan = cx.quick_wins(cx.drivers(study.survey(), n_boot=100), study.initiatives(), touchpoint_map=study.map())
    >>> board = cx.ImpactEffortMatrix(plan)
    >>> board.move("Second security queue at peak hours", effort=10)
    >>> board.to_frame().set_index("initiative").loc["Second security queue at peak hours", "effort_high"]
    np.float64(14.0)
    """

    _esm = Path(__file__).with_name("board.js")
    _css = STYLE.removeprefix("<style>").removesuffix("</style>") + CSS

    result = traitlets.Any(read_only=True)
    svg = traitlets.Unicode().tag(sync=True)
    table: traitlets.List[dict[str, str]] = traitlets.List().tag(sync=True)
    cuts: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    failed = traitlets.Bool().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)  # counts answers, so that the browser sees each one, also an equal one

    def __init__(self, result: QuickWins) -> None:
        check_kind("ImpactEffortMatrix", result, QuickWins, "cx.quick_wins(drivers, initiatives)")
        super().__init__()
        self._start = result
        self._past: list[QuickWins] = []
        self._frame: Frame | None = None
        self._show(result, str(result))
        self.on_msg(self._hear)

    @property
    def data(self) -> Drivers:
        """What the verb is asked about."""
        drivers: Drivers = self.result.drivers
        return drivers

    @property
    def params(self) -> dict[str, Any]:
        """The keyword arguments of the verb: ``quick_wins(matrix.data, **matrix.params)`` is ``matrix.result``."""
        now = self.result
        return {**now.options, "initiatives": now.initiatives.copy(), "effort_cut": now.effort_cut}

    def to_frame(self) -> pd.DataFrame:
        """The table of the result as it stands, with what was moved.

        Returns
        -------
        pandas.DataFrame
            A copy of ``result.table``.
        """
        table: pd.DataFrame = self.result.table
        return table.copy()

    def move(self, initiative: str, *, effort: float | None = None, benefit: float | None = None) -> None:
        """Move an initiative to another likely effort, another benefit, or both, as dropping it there does.

        Parameters
        ----------
        initiative
            Its name.
        effort
            Where its likely effort shall be.
        benefit
            Where its median benefit shall be, about: its lift is scaled by as much.
        """
        now = self._row(initiative)
        factors = {}
        if effort is not None:
            factors["effort"] = _share(effort, now["effort"])
        if benefit is not None:
            factors["lift"] = _share(benefit, now["benefit"])
        self._scale(initiative, factors)

    def step(self, initiative: str, *, effort: float = 0, lift: float = 0) -> None:
        """Move an initiative by steps, as arrow keys do; a step is 5 % of what it began with.

        Parameters
        ----------
        initiative
            Its name.
        effort
            Steps to the right or, below 0, to the left.
        lift
            Steps up, to more benefit, or, below 0, down.
        """
        up = 1 if self._row(initiative)["benefit"] >= 0 else -1  # more lift is less benefit where a coefficient is < 0
        factors = {}
        for what, steps in {"effort": effort, "lift": up * lift}.items():
            if steps:
                factors[what] = 1 + steps * STEP * self._began(initiative, what)
        self._scale(initiative, factors)

    def cut(self, *, benefit_cut: float | None = None, effort_cut: float | None = None) -> None:
        """Draw the lines elsewhere.

        Parameters
        ----------
        benefit_cut
            From what benefit on an initiative is big; as it is without it.
        effort_cut
            Up to what effort it is easy; as it is without it.
        """
        params = self.params
        for name, value in {"benefit_cut": benefit_cut, "effort_cut": effort_cut}.items():
            if value is not None:
                params[name] = _checked_cut(name, value, params[name])
        answer = self._ask(params)
        big = f"{signed(answer.benefit_cut, answer.digits)} {answer.unit}"
        easy = effort_words(answer, answer.effort_cut)
        self._show(answer, f"Big from {big}, easy up to {easy}. {answer.finding.title}.")

    def undo(self) -> None:
        """Take the last change back; after a reset, the reset."""
        if not self._past:
            self._tell("Nothing to undo.")
            return
        last = self._past.pop()
        self._show(last, f"Undone. {last.finding.title}.")

    def reset(self) -> None:
        """Go back to the result that was given."""
        if self.result is not self._start:
            self._past.append(self.result)
        self._frame = None
        self._show(self._start, f"As it was given. {self._start.finding.title}.")

    def said(self) -> str:
        """The sentence of the result as it stands."""
        return str(self.result)

    def still(self) -> str:
        """The drawing as it stands, with its table."""
        return matrix_html(self.result)

    def turned(self) -> str:
        """Whether anything was moved."""
        return "" if self.result is self._start else MOVED

    def _hear(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        """Do what the browser asks for; what cannot be is said there."""
        asked = dict(message)
        doing: dict[str, Callable[..., None]] = {
            "drop": self._drop,
            "step": self.step,
            "cut": self.cut,
            "undo": self.undo,
            "reset": self.reset,
        }
        try:
            doing[asked.pop("do")](**asked)
        except CxlensError as error:
            self._tell(f"Not possible: {error}", failed=True)

    def _drop(self, initiative: str, x: float, y: float) -> None:
        """Move an initiative to a place in the drawing; along an axis on which it hardly slipped, it stays."""
        now = self._row(initiative)
        frame = self._frame or frame_of(self.result)
        was_x, was_y = frame.place(frame.axis(now["effort"]), now["benefit"])
        effort, benefit = frame.read(x, y)
        self.move(
            initiative,
            effort=effort if abs(x - was_x) > SLIP else None,
            benefit=benefit if abs(y - was_y) > SLIP else None,
        )

    def _row(self, initiative: str) -> pd.Series[Any]:
        """An initiative as it stands."""
        check_known("initiative", [initiative], self.result.table["initiative"].tolist(), "Initiatives")
        row: pd.Series[Any] = self.result.table.set_index("initiative").loc[initiative]
        return row

    def _began(self, initiative: str, what: str) -> float:
        """What the effort or lift of an initiative began with, as a multiple of what it is; NaN where it is nothing."""
        then = _range(self._start.initiatives, initiative, what).abs().max()
        now = _range(self.result.initiatives, initiative, what).abs().max()
        return _share(then, now)

    def _scale(self, initiative: str, factors: Mapping[str, float]) -> None:
        """Ask again with ranges of an initiative scaled; a factor that is no number is not possible, which is said."""
        was = self._row(initiative)
        params = self.params
        plan = params["initiatives"]
        remarks = []
        for what, factor in factors.items():
            least = LEAST * self._began(initiative, what)
            if np.isnan([factor, least]).any():
                remarks.append(self._fixed(initiative, what))
                continue
            if factor < least:
                remarks.append(f"This is the least {what} there is: a twentieth of what it began with.")
            scaled = _range(plan, initiative, what) * max(factor, least)
            plan.loc[plan["name"] == initiative, scaled.index] = [_readable(value) for value in scaled]
        if plan.equals(self.result.initiatives):
            self._tell(" ".join([f"{initiative} stays where it is.", *remarks]))
            return
        answer = self._ask(params)
        self._show(answer, " ".join([_moved(answer, initiative, was["p_quick_win"]), *remarks]))

    def _fixed(self, initiative: str, what: str) -> str:
        """Why an effort or a lift cannot be scaled."""
        if what == "effort":
            return "Its effort is nothing, which no move scales."
        if _range(self.result.initiatives, initiative, "lift").isna().any():
            return "Its lift is no figure (it reaches a standard or takes something away): only its effort moves."
        return "Its benefit is nothing, which no move scales."

    def _ask(self, params: Mapping[str, Any]) -> QuickWins:
        """The answer of the verb, with the last one kept for undo."""
        answer = quick_wins(self.data, **params)
        self._past.append(self.result)
        return answer

    def _show(self, answer: QuickWins, words: str) -> None:
        """Draw an answer, and say what happened."""
        self._frame = frame_of(answer, self._frame)
        self.set_trait("result", answer)
        with self.hold_sync():
            self.svg = matrix_svg(answer, self._frame)
            self.table = matrix_rows(answer)
            self.cuts = [
                _cut("benefit_cut", f"Big from, {answer.unit}", answer.benefit_cut),
                _cut("effort_cut", f"Easy up to, {answer.effort_unit}", answer.effort_cut),
            ]
            self._tell(words)
        self.keep()

    def _tell(self, words: str, *, failed: bool = False) -> None:
        """Say what happened."""
        with self.hold_sync():
            self.status = words
            self.failed = failed
            self.answered += 1


def _cut(name: str, label: str, at: float) -> dict[str, Any]:
    """The control of a cut, as the browser reads it."""
    return {"name": name, "label": label, "value": round(at, 2)}


def _checked_cut(name: str, value: Any, now: float) -> float:
    """A cut that is a number."""
    if not (isinstance(value, (int, float)) and np.isfinite(value)):
        raise ValuesError(f"{name}={value!r} is no number. Give one, such as {plain(now)}.")
    return float(value)


def _range(plan: pd.DataFrame, initiative: str, what: str) -> pd.Series[float]:
    """The three figures of a range: low, likely, high."""
    columns = [f"{what}_{end}" for end in ENDS]
    row: pd.Series[float] = plan.loc[plan["name"] == initiative, columns].iloc[0]
    return row


def _share(part: float, whole: float) -> float:
    """One figure over another; NaN where that is nothing."""
    return float(part / whole) if whole else np.nan


def _readable(value: float) -> float:
    """A figure to three digits, as a list of initiatives would say it; their order stays."""
    return float(f"{value:.3g}")


def _moved(answer: QuickWins, initiative: str, before: float) -> str:
    """What a move came to, and in how many redraws it was a quick win before it."""
    row = answer.table[answer.table["initiative"] == initiative].iloc[0]
    benefit, span = benefit_of(row, answer)
    effort = effort_words(answer, row["effort"])
    chance = f"Big and easy in {in_hundred(row['p_quick_win'])} of 100 redraws, was {in_hundred(before)}."
    return f"{initiative}: effort {effort}, {benefit} {answer.unit} {span}. {chance}"
