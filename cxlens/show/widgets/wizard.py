"""A form that writes a study file: fields by step, what is still missing, and a button.

What a study may hold is said by the nouns, and what it lacks by :meth:`cxlens.Study.check`; nothing is checked here
that they check. Widgets for results do not belong here.
"""

from __future__ import annotations

import html
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ipywidgets import HTML, Button, Checkbox, Layout, Text, Textarea, ToggleButtons, VBox

from cxlens.common.explorer import ALERT
from cxlens.common.html import card
from cxlens.errors import CxlensError, FileError, ValuesError, check_known, listing
from cxlens.files.tables import as_number
from cxlens.study.lifecycle import Lifecycle, refuse_doubles
from cxlens.study.segments import Segment
from cxlens.study.study import DataSystem, Objective, Persona, ResearchMethod, Study, SurveyPlan, Target, Unit
from cxlens.study.survey import Scale
from cxlens.study.touchpoints import Standard, Touchpoint, TouchpointMap

# Fields by step; of a list the form of a line (* for what it needs) and an example.
STEPS: dict[str, dict[str, list[str]]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
FORMS = {name: told for fields in STEPS.values() for name, told in fields.items() if told}
NOUNS = {
    "objectives": Objective, "targets": Target, "segments": Segment, "personas": Persona, "units": Unit,
    "systems": DataSystem, "methods": ResearchMethod,
}  # fmt: skip
NUMBERS = ("target", "value", "cost_to_serve", "mean", "low", "high")
LISTS, CODES = ("touchpoints", "needs", "columns"), ("not_used", "blank")
ROLES = ("segments", "respondent", "weight", "cluster", "time", "channel")


class StudyWizard(VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Fields for a study, a step at a time, and a button that writes it; made by :func:`study_wizard`.

    Attributes
    ----------
    controls : mapping
        The fields, by name: of text, where a list has an entry a line; ``simulated`` and ``replace`` are to be ticked.
    step, button : ipywidgets.Widget
        Which fields are shown, and what writes the file.
    missing, message : ipywidgets.HTML
        What :meth:`cxlens.Study.check` says, and what went wrong or was written.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self._fields = path, VBox()
        fields: dict[str, Any] = {}
        for name in (name for names in STEPS.values() for name in names):
            form, example = FORMS.get(name, ("", ""))
            kind = Text if name in ("name", "organisation", "data", "scale") else Textarea
            hint = f"{form}\n{example}" if kind is Textarea else form
            fields[name] = kind(placeholder=hint, continuous_update=False, **_described(name, form))
        fields["simulated"] = Checkbox(**_described("The data are simulated"))
        fields["replace"] = Checkbox(**_described("Replace files that are there"))
        self.controls = MappingProxyType(fields)
        # Buttons for the steps, not tabs: every browser lets the keyboard reach them.
        self.step = ToggleButtons(options=list(STEPS), description="Step", tooltips=[f"Show {step}" for step in STEPS])
        self.button = Button(description=f"Write {path.name}", tooltip=f"Write the study to {path}")
        self.missing, self.message = HTML(), HTML()
        for control in fields.values():
            control.observe(self._look, "value")
        self.step.observe(self._turn, "value")
        self.button.on_click(self._write)
        self.children = [self.step, self._fields, self.message, fields["replace"], self.button, self.missing]
        self._turn(None)
        self.missing.value = card("Begin with the name of the study.")

    @property
    def study(self) -> Study:
        """The study that the fields describe.

        Raises
        ------
        CxlensError
            When a field is not right; the message names it, and the line.
        """
        said = {name: control.value for name, control in self.controls.items()}
        if not said["name"].strip():
            raise ValuesError("name: the study has none. Give it one.")
        head: dict[str, Any] = {name: said[name].strip() for name in ("name", "organisation", "about")}
        parts: dict[str, Any] = {name: _read(name, said[name], noun) for name, noun in NOUNS.items()}
        places = _read("touchpoints", said["touchpoints"], _touchpoint)
        stages, seven = list(dict.fromkeys(place.stage for place in places)), Lifecycle.seven_stages()
        lifecycle = seven if set(stages) <= set(seven.names) else Lifecycle(stages)
        asked = any(said[name].strip() for name in STEPS["Survey"])
        return Study(
            **head, **parts, simulated=said["simulated"], survey_plan=self._survey_plan(said) if asked else None,
            touchpoint_map=TouchpointMap(places, lifecycle) if places else None,
        )  # fmt: skip

    def _survey_plan(self, said: dict[str, str]) -> SurveyPlan:
        """Where the answers are, and what their columns mean."""
        data, folder = said["data"].strip(), self.path.parent
        if not data or not (folder / data).is_file():
            raise FileError(f"data: the file {data!r} is not there. It is looked for from {folder.resolve()}.")
        scales = _read("scale", said["scale"], Scale)
        columns, roles = (_read(name, said[name], dict) for name in ("columns", "roles"))
        outcomes = _read("outcomes", said["outcomes"], _outcome)
        check_known("roles: role", [one["role"] for one in roles], ROLES, "Roles")
        for field, names in (
            ("columns: touchpoint", [one["touchpoint"] for one in columns]),
            ("outcomes: column", [name for name, *_ in outcomes]),
            ("roles: role", [one["role"] for one in roles]),
        ):
            refuse_doubles(field, names, "Give it one line.")
        return SurveyPlan(
            folder / data,
            touchpoints={one["touchpoint"]: one["column"] for one in columns},
            outcome={name: kind for name, kind, _ in outcomes},
            scale=scales[0] if scales else None,
            outcome_scale={name: scale for name, _, scale in outcomes if scale},
            **{one["role"]: one["columns"] if one["role"] == "segments" else one["columns"][0] for one in roles},
        )

    def _turn(self, _change: object) -> None:
        self._fields.children = [self.controls[name] for name in STEPS[self.step.value]]

    def _look(self, _change: object) -> None:
        """Show what the study still lacks, or what is not right."""
        try:
            found = self.study.check()
        except CxlensError as error:
            self._refuse(error)
            return
        self.message.value = ""
        self.missing.value = card("Still missing, the worst first:" if len(found) else "Nothing is missing.", found)

    def _write(self, _button: object) -> None:
        """Write the file, once the answers have been read as it says."""
        try:
            study = self.study
            if study.survey_plan:
                survey = study.survey()
                for segment in study.segments:
                    survey.where(segment)
            written = [self.path, *([self.path.parent / "touchpoints.csv"] if study.touchpoint_map else [])]
            there = [file.name for file in written if file.exists()]
            if there and not self.controls["replace"].value:
                raise FileError(f"there already: {listing(there)}. Tick 'Replace files that are there', or move them.")
            study.to_toml(self.path)
        except CxlensError as error:
            self._refuse(error)
            return
        self.message.value = f'<p role="status">Written: {html.escape(str(self.path.resolve()))}</p>'

    def _refuse(self, error: CxlensError) -> None:
        self.message.value = ALERT.format(html.escape(str(error)))


def study_wizard(path: str | Path = "study.toml") -> StudyWizard:
    """A form for a new study.

    Parameters
    ----------
    path
        The file to write. The survey's file is looked for from its folder.

    Returns
    -------
    StudyWizard
        The widget; ``.study`` is the study that the fields describe.

    Examples
    --------
    >>> from cxlens.show.widgets.wizard import study_wizard
    >>> wizard = study_wizard("study.toml")
    >>> wizard.controls["name"].value = "Bicycle hire"
    >>> wizard.study
    Study "Bicycle hire": nothing in it yet.
    """
    return StudyWizard(Path(path))


def _described(name: str, form: str = "") -> dict[str, Any]:
    tooltip = f"One entry a line: {form}" if form else name.capitalize()
    return {
        "description": name.capitalize(), "tooltip": tooltip,
        "style": {"description_width": "10em"}, "layout": Layout(width="auto"),
    }  # fmt: skip


def _read(field: str, text: str, make: Callable[..., Any]) -> list[Any]:
    """What the lines of a field make; what is not right is told with its line."""
    form, found = FORMS[field][0], []
    names = form.split(" | ")
    for k, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.split("|")]
        cells += [""] * (len(names) - len(cells))
        given = {name.rstrip("*"): cell for name, cell in zip(names, cells, strict=False) if cell}
        try:
            if len(cells) > len(names) or any("*" in name and name.rstrip("*") not in given for name in names if given):
                raise ValuesError(f"{line!r} is not of the form {form} (* is needed).")
            found += [make(**{key: _value_of(key, cell) for key, cell in given.items()})] if given else []
        except CxlensError as error:
            raise ValuesError(f"{field}, line {k}: {error}") from error
    return found


def _value_of(key: str, cell: str) -> Any:
    """A cell as a number, a list, conditions or text."""
    if key in NUMBERS:
        return as_number(key, cell)
    if key in LISTS:
        return [one.strip() for one in cell.split(";")]
    if key in CODES:
        return [_value(one) for one in cell.split(";")]
    if key != "where":
        return cell
    pairs = [part.partition("=") for part in cell.split(";")]
    if not all(words.strip() for _, _, words in pairs):
        raise ValuesError(f"{cell!r} is no condition. Write column = value, or column = low..high.")
    return {column.strip(): _condition(words) for column, _, words in pairs}


def _condition(words: str) -> Any:
    """``business``, ``a, b`` or a range ``1..3`` that may be open at an end."""
    low, range_, high = words.partition("..")
    if range_:
        return (_value(low) if low.strip() else None, _value(high) if high.strip() else None)
    values = [_value(one) for one in words.split(",")]
    return values[0] if len(values) == 1 else values


def _value(word: str) -> Any:
    """A number where it reads like one, else text."""
    word = word.strip()
    try:
        number = float(word)
    except ValueError:
        return word
    return int(number) if number.is_integer() else number


def _touchpoint(mean: float | None = None, **cells: Any) -> Touchpoint:
    return Touchpoint(**cells, standards=[] if mean is None else [Standard("mean", mean)])


def _outcome(column: str, kind: str, **ends: float) -> tuple[str, str, Scale | None]:
    if len(ends) == 1:
        raise ValuesError("a scale has two ends. Give low and high, or neither.")
    return column, kind, Scale(ends["low"], ends["high"]) if ends else None
