"""The impact-effort matrix that can be moved: drag an initiative, and its probability follows.

The drawing is made by :mod:`cxlens.stages.improve.matrix_chart` and shown by ``board.js``, every figure by
:func:`cxlens.quick_wins`; here stands what a move means for the list of initiatives. The widgets of other results are
in :mod:`cxlens.stages.drivers.explore`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import pandas as pd
import traitlets

from cxlens.common.html import STYLE
from cxlens.common.values import interval, probability, signed
from cxlens.errors import CxlensError, ValuesError, check_kind, check_known
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.improve.matrix_chart import (
    CSS,
    Frame,
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
SLIP = 5  # units of the drawing that count as no move, so that one can move along one axis alone


class ImpactEffortMatrix(anywidget.AnyWidget):
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
        self._start, self._past = result, list[QuickWins]()
        self._frame: Frame | None = None
        self._show(result, str(result))
        self.on_msg(self._hear)

    @property
    def data(self) -> Drivers:
        """What the verb is asked about."""
        found: Drivers = self.result.drivers
        return found

    @property
    def params(self) -> dict[str, Any]:
        """The keyword arguments of the verb: ``quick_wins(matrix.data, **matrix.params)`` is ``matrix.result``."""
        now = self.result
        cuts = {"benefit_cut": now.benefit_cut, "effort_cut": now.effort_cut}
        return {**now.options, "initiatives": now.initiatives.copy(), **cuts}

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
        wished = {"effort": (effort, now["effort"]), "lift": (benefit, now["benefit"])}
        self._scale(initiative, {what: _share(to, was) for what, (to, was) in wished.items() if to is not None})

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
        steps = {"effort": effort, "lift": up * lift}
        self._scale(initiative, {what: 1 + n * STEP * self._began(initiative, what) for what, n in steps.items() if n})

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
        for name, value in (("benefit_cut", benefit_cut), ("effort_cut", effort_cut)):
            if value is not None and not (isinstance(value, (int, float)) and np.isfinite(value)):
                raise ValuesError(f"{name}={value!r} is no number. Give one, such as {plain(params[name])}.")
            params[name] = params[name] if value is None else float(value)
        found = self._ask(params)
        big = f"{signed(found.benefit_cut, found.digits)} {found.unit}"
        self._show(found, f"Big from {big}, easy up to {effort_words(found, found.effort_cut)}. {found.headline}.")

    def undo(self) -> None:
        """Take the last change back; after a reset, the reset."""
        if not self._past:
            return self._tell("Nothing to undo.")
        last = self._past.pop()
        return self._show(last, f"Undone. {last.headline}.")

    def reset(self) -> None:
        """Go back to the result that was given."""
        if self.result is not self._start:
            self._past.append(self.result)
        self._frame = None
        self._show(self._start, f"As it was given. {self._start.headline}.")

    def _repr_mimebundle_(self, **_given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget, and for all that shows no widgets (nbconvert, GitHub, mail) the drawing as it stands."""
        data, metadata = super()._repr_mimebundle_() or ({}, {})
        still = {"text/plain": str(self.result), "text/html": matrix_html(self.result)}
        return data | still, metadata

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
        now, frame = self._row(initiative), self._frame or frame_of(self.result)
        was_x, was_y = frame.place(frame.axis(now["effort"]), now["benefit"])
        effort, benefit = frame.read(x, y)
        self.move(
            initiative,
            effort=effort if abs(x - was_x) > SLIP else None,
            benefit=benefit if abs(y - was_y) > SLIP else None,
        )

    def _row(self, initiative: str) -> pd.Series[Any]:
        check_known("initiative", [initiative], self.result.table["initiative"].tolist(), "Initiatives")
        row: pd.Series[Any] = self.result.table.set_index("initiative").loc[initiative]
        return row

    def _began(self, initiative: str, what: str) -> float:
        """What the effort or lift of an initiative began with, as a multiple of what it is; NaN where it is nothing."""
        then, now = (_range(result.initiatives, initiative, what).abs().max() for result in (self._start, self.result))
        return _share(then, now)

    def _scale(self, initiative: str, factors: dict[str, float]) -> None:
        """Ask again with ranges of an initiative scaled; a factor that is no number is not possible, which is said."""
        params, was = self.params, self._row(initiative)
        plan, words = params["initiatives"], []
        for what, factor in factors.items():
            least = LEAST * self._began(initiative, what)
            if np.isnan([factor, least]).any():
                words.append(self._fixed(initiative, what))
                continue
            if factor < least:
                words.append(f"This is the least {what} there is: a twentieth of what it began with.")
            scaled = _range(plan, initiative, what) * max(factor, least)
            plan.loc[plan["name"] == initiative, scaled.index] = [_readable(value) for value in scaled]
        if plan.equals(self.result.initiatives):
            return self._tell(" ".join([f"{initiative} stays where it is.", *words]))
        found = self._ask(params)
        return self._show(found, " ".join([_moved(found, initiative, was["p_quick_win"]), *words]))

    def _fixed(self, initiative: str, what: str) -> str:
        """Why an effort or a lift cannot be scaled."""
        if what == "effort":
            return "Its effort is nothing, which no move scales."
        if _range(self.result.initiatives, initiative, "lift").isna().any():
            return "Its lift is no figure (it reaches a standard or takes something away): only its effort moves."
        return "Its benefit is nothing, which no move scales."

    def _ask(self, params: dict[str, Any]) -> QuickWins:
        """The answer of the verb, with the last one kept for undo."""
        found = quick_wins(self.data, **params)
        self._past.append(self.result)
        return found

    def _show(self, found: QuickWins, words: str) -> None:
        self._frame = frame_of(found, self._frame)
        self.set_trait("result", found)
        cuts = {
            "benefit_cut": (f"Big from, {found.unit}", found.benefit_cut),
            "effort_cut": (f"Easy up to, {found.effort_unit}", found.effort_cut),
        }
        with self.hold_sync():
            self.svg, self.table = matrix_svg(found, self._frame), matrix_rows(found)
            self.cuts = [{"name": name, "label": label, "value": round(at, 2)} for name, (label, at) in cuts.items()]
            self._tell(words)

    def _tell(self, words: str, *, failed: bool = False) -> None:
        with self.hold_sync():
            self.status, self.failed, self.answered = words, failed, self.answered + 1


def _range(plan: pd.DataFrame, initiative: str, what: str) -> pd.Series[float]:
    """The three figures of a range: low, likely, high."""
    row: pd.Series[float] = plan[[f"{what}_{end}" for end in ENDS]].loc[plan["name"] == initiative].iloc[0]
    return row


def _share(part: float, whole: float) -> float:
    """One figure over another; NaN where that is nothing."""
    return float(part / whole) if whole else np.nan


def _readable(value: float) -> float:
    """A figure to three digits, as a list of initiatives would say it; their order stays."""
    return float(f"{value:.3g}")


def _moved(found: QuickWins, initiative: str, before: float) -> str:
    """What a move came to, and what the probability was before it."""
    row, digits = found.table[found.table["initiative"] == initiative].iloc[0], found.digits
    benefit = f"{signed(row['benefit'], digits)} {found.unit}"
    span = interval(row["benefit_low"], row["benefit_high"], digits)
    chance = f"Probability {probability(row['p_quick_win'])}, was {probability(before)}."
    return f"{initiative}: effort {effort_words(found, row['effort'])}, {benefit} {span}. {chance}"
