"""Empty sheets to plan with: a touchpoint map, interviews, initiatives, and a canvas to print for a workshop.

How sheets are filled in is known here; what their rows mean belongs to the nouns that read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cxlens.common.arguments import misfits_told
from cxlens.errors import FileError
from cxlens.files.forms import FormColumn, csv_form, excel_form
from cxlens.files.writing import write_whole
from cxlens.study.interviews import FEELINGS
from cxlens.study.lifecycle import Lifecycle

CANVAS = "canvas.html"
MAP = (
    FormColumn("stage", "The stage of the customer's way, such as Getting there. Write stages in their order."),
    FormColumn("touchpoint", "A moment in which a customer meets you, such as Security. One row each.", width=24),
    FormColumn("channel", "Where it happens: counter, web, app, telephone."),
    FormColumn("kind", "What it is made of.", ("communication", "human", "physical", "sensory")),
    FormColumn("process", "The internal process behind it, if any."),
    FormColumn("owner", "Who answers for it.", width=20),
    FormColumn("needs", "What customers want there, joined by semicolons. (lever) marks what moves them on: "
               "feel safe; be quick (lever)", width=36),
    FormColumn("standards", "What it shall reach, joined by semicolons: mean = 4; waiting time <= 10 minutes "
               "[service charter] by stopwatch", width=36),
    FormColumn("volume", "Contacts a year: 250000, without signs of thousands."),
    FormColumn("cost_per_contact", "Money for one contact: 1.5"),
    FormColumn("controllable", "Can you change it? Blank means yes.", ("yes", "no")),
)  # fmt: skip
INTERVIEWS = (
    FormColumn("touchpoint", "The moment it is about, by the name on the map. Blank: no touchpoint serves the need.",
               width=24),
    FormColumn("need", "What the person wanted there, in your words.", width=30),
    FormColumn("quote", "What the person said, word for word. No names of people.", width=60),
    FormColumn("feeling", "How it felt.", FEELINGS),
    FormColumn("persona", "The kind of customer the person stands for.", width=24),
)  # fmt: skip
INITIATIVES = (
    FormColumn("name", "What could be done. One row each, each name once.", width=32),
    FormColumn("touchpoints", "The touchpoints it works on, joined by semicolons: Security; Signs", width=26),
    FormColumn("need", "A need of the map that it serves beside these, joined by semicolons.", width=26),
    FormColumn("stage", "A stage of the map that it serves beside these.", width=20),
    FormColumn("kind", "fix what is there, add something new, or remove. Blank means fix.", ("fix", "add", "remove")),
    FormColumn("lift", "Points by which ratings rise, such as 0.3, or: to standard. One figure is enough: half of it "
               "to one and a half times is taken. Blank where something is removed."),
    FormColumn("effort", "Work, in the unit of the next column. One figure is enough."),
    FormColumn("effort_unit", "One for the whole list. Blank means weeks.", ("days", "weeks", "months"), strict=False),
    FormColumn("cost", "Money, such as 120000 or 120.000 EUR. One figure is enough."),
    FormColumn("places", "Where it is done, if place by place: names joined by semicolons, or: all, or: below mean, "
               "which is where ratings are below the mean of all. Blank means not by place.", width=26),
    FormColumn("cost_per_place", "Money for each place, beside the cost that comes once. One figure is enough."),
    FormColumn("currency", "One for the whole list, such as EUR. Not needed where the cost says it.",
               ("EUR", "USD", "GBP", "CHF"), strict=False),
    FormColumn("duration", "Whole periods of the road map until it is done. Blank means 1."),
    FormColumn("owner", "Who answers for it: one name.", width=20),
    FormColumn("function", "The function that carries it out.", width=20),
    FormColumn("responsible", "Who does it, joined by semicolons.", width=20),
    FormColumn("consulted", "Who is asked first, joined by semicolons.", width=20),
    FormColumn("informed", "Who is told, joined by semicolons.", width=20),
    FormColumn("teams", "What each team gives a period: IT: 2; Security: 1.5", width=20),
    FormColumn("prerequisites", "Initiatives done before it, joined by semicolons.", width=20),
    FormColumn("exclusions", "Initiatives not done if it is, joined by semicolons.", width=20),
    FormColumn("must_do", "Is it to be done whatever it brings? Blank means no.", ("yes", "no")),
)  # fmt: skip
FORMS: Mapping[str, Sequence[FormColumn]] = {
    "touchpoints": MAP,
    "interviews": INTERVIEWS,
    "initiatives": INITIATIVES,
}
LANES = {
    "Touchpoint": "Where does the customer meet us?",
    "Need": "What does the customer want here?",
    "What happens": "What does the customer do, what do we do?",
    "Feeling": "",
    "Quote": "What did customers say?",
    "Where it hurts": "What goes wrong, how do we know?",
    "Idea": "What could be done, who would do it?",
}


@misfits_told
def templates(folder: str | Path) -> tuple[Path, ...]:
    """Write empty sheets to plan with.

    Parameters
    ----------
    folder
        Where to write; it is made if it is not there. Files that are there are never replaced.

    Returns
    -------
    tuple of Path
        ``touchpoints.csv`` and ``touchpoints.xlsx``, an empty map for :meth:`cxlens.TouchpointMap.from_csv`;
        ``interviews.csv`` and ``interviews.xlsx``, for :func:`cxlens.read_interviews`; ``initiatives.csv`` and
        ``initiatives.xlsx``, for :func:`cxlens.read_initiatives`, in which one figure each for lift, effort and cost
        is enough; ``canvas.html``, a canvas for a workshop that prints on A3 and on A4, landscape, and needs no
        internet. Each cell of the workbooks says what belongs into it, and lists are there to choose from.

    Raises
    ------
    CxlensError, FileError
        When xlsxwriter is not installed, a file is there already, or the folder cannot be written to.

    Examples
    --------
    >>> import cxlens as cx
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in cx.templates(Path(folder, "plan"))][:2]
    ['touchpoints.csv', 'touchpoints.xlsx']
    """
    target = Path(folder)
    files: dict[str, bytes] = {}
    for name, columns in FORMS.items():
        files[f"{name}.csv"] = csv_form(columns)
        files[f"{name}.xlsx"] = excel_form(name, columns)
    files[CANVAS] = _canvas().encode("utf-8")
    _prepare(target, list(files))
    for name, data in files.items():
        write_whole(target / name, data)
    return tuple(target / name for name in files)


def _prepare(folder: Path, names: Sequence[str]) -> None:
    """Make the folder, and refuse one in which a file of that name is there."""
    for name in names:
        path = folder / name
        if path.exists():
            raise FileError(f"{path} is there already, and is not replaced. Give another folder, or move it away.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder} cannot be made: {error.strerror}. Give another folder.") from error


def _canvas() -> str:
    """The canvas as HTML that asks nothing of the internet."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template(CANVAS).render(stages=Lifecycle.seven_stages().names, lanes=LANES)
