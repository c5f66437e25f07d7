"""The samples that ship: the simulated airport and hotel chain, and the repeat purchases of CDNOW.

Only finding and reading files. How airport and chain were made is told by ``make_airport.py`` and ``make_hotels.py``
beside their data; figures about the samples do not belong here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.errors import FileError, check_option
from cxlens.study.study import Study

About = Literal["drivers", "stays", "value", "spend", "seats"]
AboutChain = Literal["hotels", "drivers"]


def sample_folder() -> Path:
    """The folder with the shipped samples, ``airport``, ``hotels`` and ``cdnow``, and the README that tells of them.

    Raises
    ------
    FileError
        When the samples are not there: neither in the installed package nor in a checkout.

    Examples
    --------
    >>> from cxlens.datasets import sample_folder
    >>> (sample_folder() / "airport" / "study.toml").is_file()
    True
    """
    return _folder(Path(__file__).parent)


def load_airport() -> Study:
    """A simulated airport: a whole study to learn with, whose true drivers are known.

    5,000 answers about 12 touchpoints in four yearly waves (2022 to 2025), from three purposes of travel whose
    drivers differ; weights, as business travellers answer less often; a log of 10,268 events of 1,500 passengers; a
    touchpoint map, twelve initiatives with a frame for their road map, and a Wi-Fi renewal in terminal 2 before the
    wave of 2024. What 961 people bought on the airport's app before and after they answered, and 3,840 answers from
    eight halls in sixteen quarters, two of which got new seats. No real airport.

    Returns
    -------
    Study
        With survey, map, initiatives, journeys and everything else a study may hold.

    See Also
    --------
    airport_truth : What an analysis of it should find.

    Examples
    --------
    >>> import cxlens as cx
    >>> survey = cx.datasets.load_airport().survey()
    >>> survey.n, len(survey.touchpoints), list(survey.outcomes)
    (5000, 12, ['recommend', 'overall'])
    """
    return Study.from_toml(sample_folder() / "airport" / "study.toml")


@misfits_told
def airport_truth(about: About = "drivers") -> pd.DataFrame:
    """What was put into the simulated airport, and so what an analysis of it should find.

    The Wi-Fi renewal lifts the mean score of Wi-Fi in terminal 2 by 0.45 points from 2024 on, for every purpose; all
    other means rise by 0.03 a wave. Whether someone is local or a visitor makes no difference, other than by purpose.

    Parameters
    ----------
    about
        ``"drivers"``: the effect and the true importance of each touchpoint. Of those who answered in 2024 and buy on
        the airport's app: ``"stays"``, the share that is still a customer a year after the answer, by NPS
        class; ``"value"``, what a customer spends a year while
        staying, and ``"spend"``, what one spends in the year after the answer, those who leave included, by purpose.
        ``"seats"``: what new seats in halls C and F add there to the ratings, to the recommendation and to the NPS.

    Returns
    -------
    pandas.DataFrame
        Of drivers ``segment`` (the purpose, and "All" for all passengers together), ``touchpoint``, ``effect`` (points
        of the recommendation, 0 to 10 before rounding, for one point of the score among users; NaN for "All"),
        ``reach`` (share that uses it; NaN for "All"), ``importance`` (LMG: points of the R2 of the recommendation coded
        -100, 0, 100) and ``importance_overall`` (of the overall satisfaction), both from 200,000 simulated passengers.
        Of anything else ``of`` (the NPS class, purpose or metric) and ``truth`` (a share, US dollars, or points).

    Raises
    ------
    OptionError
        When ``about`` is none of these words.

    Examples
    --------
    >>> from cxlens.datasets import airport_truth
    >>> truth = airport_truth()
    >>> truth[truth["segment"] == "leisure"].nlargest(3, "importance")["touchpoint"].tolist()
    ['Restaurants', 'Check-in', 'Shops']
    >>> airport_truth("stays").set_index("of")["truth"].to_dict()
    {'promoters': 0.85, 'passives': 0.7, 'detractors': 0.4}
    """
    check_option("about", about, About)
    folder = sample_folder() / "airport"
    if about == "drivers":
        return pd.read_csv(folder / "truth.csv")
    truth = pd.read_csv(folder / "impact_truth.csv")
    is_asked = truth["about"] == about
    return truth.loc[is_asked, ["of", "truth"]].reset_index(drop=True)


def load_chain() -> Study:
    """A simulated chain of forty hotels, to learn how places are compared: who is good, who is poor, and what is luck.

    5,838 answers about nine touchpoints in two yearly waves (2024 and 2025), 5 to 176 a hotel and year, of business and
    leisure guests, whose mix differs between hotels; which hotels had their rooms renovated. No real hotels.

    Returns
    -------
    Study
        With its survey, of which ``hotel`` and ``purpose`` are segments, and the renovation among its changes.

    See Also
    --------
    chain_truth : What an analysis of it should find.

    Examples
    --------
    >>> import cxlens as cx
    >>> survey = cx.datasets.load_chain().survey()
    >>> survey.n, len(survey.touchpoints), survey.segments
    (5838, 9, ('hotel', 'purpose'))
    """
    return Study.from_toml(sample_folder() / "hotels" / "chain.toml")


@misfits_told
def chain_truth(about: AboutChain = "hotels") -> pd.DataFrame:
    """What was put into the simulated chain of hotels, and so what an analysis of it should find.

    Parameters
    ----------
    about
        ``"hotels"``: how good each hotel is in each year. ``"drivers"``: what touchpoints are worth to a guest, and how
        far hotels differ in them.

    Returns
    -------
    pandas.DataFrame
        Of hotels ``hotel``, ``year``, ``metric`` (a touchpoint, or "recommend"), ``value`` (the mean score among users,
        or the NPS, that the hotel would have for the mix of purposes of all guests), ``own_mix`` (the same for its own
        mix) and ``lift`` (how much of ``value`` came by the renovation; 0 elsewhere). Of drivers ``touchpoint``,
        ``effect`` (points of the recommendation, before rounding, for one point of the score among guests of one
        hotel), ``between`` (standard deviation of the hotels' means, before rounding) and ``of_quality`` (share of that
        variance which is the quality of the house: 1 for a mark of good houses, 0 where hotels are alike).

    Raises
    ------
    OptionError
        When ``about`` is none of these words.

    Examples
    --------
    >>> from cxlens.datasets import chain_truth
    >>> truth = chain_truth()
    >>> truth.query("metric == 'recommend' and year == 2025").nsmallest(1, "value")["hotel"].item()
    'Hotel 04'
    >>> chain_truth("drivers").query("effect == 0")["touchpoint"].tolist()
    ['Check-out']
    """
    check_option("about", about, AboutChain)
    names = {"hotels": "chain_truth.csv", "drivers": "chain_drivers.csv"}
    return pd.read_csv(sample_folder() / "hotels" / names[about])


def load_cdnow() -> pd.DataFrame:
    """Repeat purchases of 2,357 customers of CDNOW, an online music shop: a standard sample for lifetime value.

    A tenth of those who bought there for the first time in the first quarter of 1997, followed to the end of
    September 1997.

    Returns
    -------
    pandas.DataFrame
        ``customer`` (1 to 2357), ``frequency`` (purchases after the first), ``recency`` (weeks from the first purchase
        to the last; 0 where there was one), ``T`` (weeks from the first purchase to the end), ``monetary_value`` (US
        dollars, mean of the purchases after the first; 0 where there was one).

    Notes
    -----
    From the package lifetimes 0.11.3 (Cameron Davidson-Pilon, MIT licence, its notice is beside the data). The data
    go back to Fader and Hardie (2001), Interfaces 31(3), and Fader, Hardie and Lee (2005), Marketing Science 24(2).

    Examples
    --------
    >>> from cxlens.datasets import load_cdnow
    >>> load_cdnow().shape
    (2357, 5)
    """
    return pd.read_csv(sample_folder() / "cdnow" / "cdnow.csv")


def _folder(home: Path) -> Path:
    """The samples beside the installed package, else those of the checkout that holds it."""
    beside_package = home / "samples"
    in_checkout = home.parents[1] / "data" / "samples"
    for folder in (beside_package, in_checkout):
        if folder.is_dir():
            return folder
    raise FileError(
        f"the samples are neither in {beside_package} nor in {in_checkout}. "
        "Install the package anew, or use a full checkout."
    )
