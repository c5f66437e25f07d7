"""A study as TOML: reading it with a place for every fault, and writing it whole.

What a study may hold is said by the nouns themselves; nothing is checked here that they can check.
"""

from __future__ import annotations

import datetime as dt
import math
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

from cxlens.errors import CxlensError, FileError, did_you_mean, listing
from cxlens.model.lifecycle import Lifecycle, Need, Stage
from cxlens.model.segments import Segment
from cxlens.model.study import (
    Change,
    DataSystem,
    EventsPlan,
    Objective,
    Persona,
    ResearchMethod,
    Study,
    SurveyPlan,
    Target,
    Unit,
)
from cxlens.model.survey import Scale
from cxlens.model.touchpoints import TouchpointMap, read_text, write_whole
