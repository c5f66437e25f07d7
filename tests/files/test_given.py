"""What may be said of a file, and what is no option."""

from __future__ import annotations

import pytest

from cxlens.errors import OptionError
from cxlens.files.given import Given


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"header": 0}, "header=0 is no line of a file. The first line is 1."),
        ({"header": True}, "header=True is no line of a file. The first line is 1."),
        ({"separator": "::"}, "separator='::' is not one sign. Give it as it stands, such as ';'."),
        ({"decimal": ";"}, "decimal=';' is neither '.' nor ','. Give one of them."),
        ({"encoding": "utf8000"},
         "encoding='utf8000' is not known. Give one such as 'utf-8', 'cp1252' or 'utf-16'."),
    ],
)  # fmt: skip
def test_what_is_no_option(options, message) -> None:
    with pytest.raises(OptionError) as error:
        Given(**options)
    assert str(error.value) == message


def test_what_may_be_said() -> None:
    assert Given("a", 3, "\t", ",", "latin-1").header == 3
