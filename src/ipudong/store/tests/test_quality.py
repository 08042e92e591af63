"""The quality byte keeps the source's mark and our verdicts apart."""

import numpy as np
import pytest

from ipudong.store import quality


def test_only_a_normal_source_without_defect_is_valid() -> None:
    every = np.arange(256, dtype=np.uint8)
    valid = quality.is_valid(every)
    assert set(every[valid].tolist()) == {quality.NORMAL, quality.RESENT}
    assert [quality.is_valid(int(value)) for value in every] == valid.tolist()


@pytest.mark.parametrize(
    ("letter", "source"),
    [
        ("N", quality.Source.NORMAL),
        ("F", quality.Source.STOPPED),
        ("M", quality.Source.MAINTENANCE),
        ("S", quality.Source.MANUAL),
        ("D", quality.Source.FAULT),
        ("C", quality.Source.CALIBRATION),
        ("T", quality.Source.OVER_RANGE),
        ("B", quality.Source.COMMUNICATION),
        ("n", quality.Source.NORMAL),
        ("", quality.Source.NORMAL),
        (None, quality.Source.NORMAL),
        ("?", quality.Source.UNKNOWN),
    ],
)
def test_hj212_letters_become_source_marks(letter: str | None, source: quality.Source) -> None:
    assert quality.from_hj212_flag(letter) is source


def test_a_check_leaves_the_source_mark_in_place() -> None:
    both = quality.marked([quality.Source.FAULT, quality.NORMAL], quality.Check.TIME_OFF)
    assert both.tolist() == [0x24, 0x20]
    assert quality.get_source(0x24) is quality.Source.FAULT
    assert quality.list_checks(0xA4) == (quality.Check.TIME_OFF, quality.Check.RESENT)
    assert quality.get_source(0x0A) is quality.Source.UNKNOWN
