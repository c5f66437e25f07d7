"""The study of the San Francisco airport case: the real survey, with illustrative initiatives and targets.

What is real and what is an illustration stands in the README beside this file.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cxlens.datasets import load_sfo
from cxlens.study.changes import Change
from cxlens.study.parts import Objective, Target
from cxlens.study.roadmap_plan import RoadmapPlan

YEARS = (2013, 2014, 2015, 2016, 2017)
INITIATIVES = Path(__file__).with_name("initiatives.csv")
ROADMAP = RoadmapPlan(  # an illustration: nobody at the airport has set such limits
    periods=["2018-Q1", "2018-Q2", "2018-Q3", "2018-Q4", "2019-Q1", "2019-Q2"],
    budget=300_000,
    capacity={"Facilities": 1.5, "Concessions": 1.5, "Information technology": 1, "Security operations": 1},
    short_term_share=0.3,
    short_term_periods=2,
    decay=0.97,
)


def make(data_home: str | Path, folder: str | Path) -> Path:
    """Write ``study.toml`` of the case into a folder, which has to exist, and give back its path.

    Parameters
    ----------
    data_home
        The folder with the survey's CSV files, as in :func:`cxlens.datasets.load_sfo`.
    folder
        Where the study goes; ``survey.parquet`` and ``touchpoints.csv`` appear beside it.
    """
    study = load_sfo(YEARS, data_home=data_home)
    study = replace(
        study,
        about=f"{study.about} Initiatives, road map, objective and targets are illustrations, not the airport's plans.",
        initiatives_data=INITIATIVES,
        roadmap_plan=ROADMAP,
        objectives=[
            Objective(
                "More satisfied passengers (illustration)",
                goal="A better airport for passengers",
                kpi="Mean overall satisfaction, 1 to 5",
                target=4.2,
            )
        ],
        targets=[
            Target("overall", 4.2, date="next survey (illustration)"),
            Target("mean", 4.0, touchpoint="Restaurants", date="next survey (illustration)"),
            Target("mean", 4.0, touchpoint="Shops", date="next survey (illustration)"),
            Target("mean", 4.0, touchpoint="Wi-Fi", date="next survey (illustration)"),
        ],
        changes=[
            Change(
                "Wi-Fi, new between the surveys of May 2013 and September 2014",
                when=2014,
                metrics=["Wi-Fi"],
            )
        ],
    )
    path = Path(folder, "study.toml")
    study.to_toml(path)
    return path
