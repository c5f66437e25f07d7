"""A form that writes a study file: fields by step, what is still missing, and a button.

What a study may hold is said by the nouns, and what it lacks by :meth:`cxlens.Study.check`; nothing is checked here
that they check. Widgets for results do not belong here.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ipywidgets import HTML, Button, Checkbox, Layout, Text, Textarea, ToggleButtons, VBox

from cxlens.errors import CxlensError, FileError, ValuesError, check_known, listing
from cxlens.model.lifecycle import Lifecycle, refuse_doubles
from cxlens.model.segments import Segment
from cxlens.model.study import DataSystem, Objective, Persona, ResearchMethod, Study, SurveyPlan, Target, Unit
from cxlens.model.survey import Scale
from cxlens.model.text import card
from cxlens.model.touchpoints import Standard, Touchpoint, TouchpointMap, as_number
from cxlens.show.widgets._explorer import ALERT

STEPS = {
    "Study": ("name", "organisation", "about", "simulated"),
    "Objectives": ("objectives", "targets"),
    "Customers": ("segments", "personas"),
    "Organisation": ("units", "systems"),
    "Touchpoints": ("touchpoints", "methods"),
    "Survey": ("data", "scale", "columns", "outcomes", "roles"),
}
# The form of a line, * for what it needs, and an example.
FORMS = {
    "objectives": ("name* | goal | kpi | target | date", "Recommendation | Grow | NPS | 35 | 2027-12-31"),
    "targets": ("metric* | target* | touchpoint | segment | date | of", "mean | 4 | Security | Business | 2027-12-31"),
    "segments": ("name* | where* | value | cost_to_serve", "Business | purpose = business; trips = 4.. | 310 | 62"),
    "personas": ("name* | about | segment", "The weekly traveller | Arrives late | Business"),
    "units": ("name* | role", "Operations | Owns check-in"),
    "systems": ("name* | holds* | condition* | upgrade", "Inbox | Complaints | poor | Record the touchpoint"),
    "touchpoints": (
        "name* | stage* | channel | owner | needs | mean",
        "Security | selection | hall | Police | quick | 4",
    ),
    "methods": ("name* | kind* | touchpoints | cadence", "Exit survey | survey | Security; Signs | yearly"),
    "scale": ("low* | high* | not_used | blank", "1 | 5 | 6 | 0"),
    "columns": ("touchpoint* | column*", "Security | q7"),
    "outcomes": ("column* | kind* | low | high", "recommend | nps"),
    "roles": ("role* | columns*", "segments | purpose; trips"),
}
PARTS: dict[str, Callable[..., Any]] = {
    "objectives": Objective, "targets": Target, "personas": Persona, "units": Unit, "systems": DataSystem,
    "methods": ResearchMethod, "segments": Segment,
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
        lines = {name: _lines(name, said[name]) for name in FORMS}
        parts: dict[str, Any] = {
            name: [_made(name, k, make, line) for k, line in lines[name]] for name, make in PARTS.items()
        }
        head: dict[str, Any] = {name: said[name].strip() for name in ("name", "organisation", "about")}
        places = [_made("touchpoints", k, _touchpoint, line) for k, line in lines["touchpoints"]]
        stages = list(dict.fromkeys(place.stage for place in places))
        seven = Lifecycle.seven_stages()
        lifecycle = seven if set(stages) <= set(seven.names) else Lifecycle(stages)
        return Study(
            **head, **parts, simulated=said["simulated"], survey_plan=self._survey_plan(said["data"].strip(), lines),
            touchpoint_map=TouchpointMap(places, lifecycle) if places else None,
        )  # fmt: skip

    def _survey_plan(self, data: str, lines: dict[str, Any]) -> SurveyPlan | None:
        """Where the answers are; None where the step is empty."""
        given = [name for name in STEPS["Survey"][1:] if lines[name]]
        if not data and not given:
            return None
        file = self.path.parent / data
        if not data or not file.is_file():
            raise FileError(f"data: the file {data!r} is not there. It is looked for from {file.parent.resolve()}.")
        roles = {line["role"]: line["columns"] for _, line in lines["roles"]}
        check_known("roles: role", roles, ROLES, "Roles")
        for field, key in (("columns", "touchpoint"), ("outcomes", "column"), ("roles", "role")):
            refuse_doubles(f"{field}: {key}", [line[key] for _, line in lines[field]], "Give it one line.")
        scales = [_made("scale", k, Scale, line) for k, line in lines["scale"]]
        outcomes = [(line.pop("column"), line.pop("kind"), k, line) for k, line in lines["outcomes"]]
        return SurveyPlan(
            file,
            touchpoints={line["touchpoint"]: line["column"] for _, line in lines["columns"]},
            outcome={name: kind for name, kind, *_ in outcomes},
            scale=scales[0] if scales else None,
            outcome_scale={name: _made("outcomes", k, Scale, ends) for name, _, k, ends in outcomes if ends},
            **{role: names if role == "segments" else names[0] for role, names in roles.items()},
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


def _lines(field: str, text: str) -> list[tuple[int, dict[str, Any]]]:
    """The entries of a field, each with its line: ``{name: value}`` without what is left out."""
    names, found = FORMS[field][0].split(" | "), []
    for k, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.split("|")]
        short = [
            name for name, cell in zip(names, [*cells, *[""] * len(names)], strict=False) if "*" in name and not cell
        ]
        if line.strip() and (short or len(cells) > len(names)):
            raise ValuesError(f"{field}, line {k}: {line!r} is not of the form {FORMS[field][0]} (* is needed).")
        given = {name.rstrip("*"): cell for name, cell in zip(names, cells, strict=False) if cell}
        if given:
            found.append((k, _made(field, k, _values, given)))
    return found


def _values(**cells: str) -> dict[str, Any]:
    """The cells of a line as numbers, lists, conditions or text."""
    values: dict[str, Any] = dict(cells)
    values |= {key: as_number(key, cell) for key, cell in cells.items() if key in NUMBERS}
    values |= {key: [one.strip() for one in cell.split(";")] for key, cell in cells.items() if key in LISTS}
    values |= {key: [_value(one) for one in cell.split(";")] for key, cell in cells.items() if key in CODES}
    if "where" in cells:
        pairs = [part.partition("=") for part in cells["where"].split(";")]
        if not all(words.strip() for _, _, words in pairs):
            raise ValuesError(f"{cells['where']!r} is no condition. Write column = value, or column = low..high.")
        values["where"] = {column.strip(): _condition(words) for column, _, words in pairs}
    return values


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


def _made(field: str, line: int, make: Callable[..., Any], values: dict[str, Any]) -> Any:
    """What a line makes; what it refuses is told with the place."""
    try:
        return make(**values)
    except CxlensError as error:
        raise ValuesError(f"{field}, line {line}: {error}") from error
