import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archwright.core.errors import SpecError
from archwright.core.units import convert, format_quantity, parse_quantity, scale_and_dimension

UNITS_OF_ONE_KIND = [
    ["W", "mW", "uW", "nW", "kW"],
    ["Hz", "kHz", "MHz", "GHz"],
    ["ohm", "kohm", "Mohm", "Ω", "kΩ", "Ohm"],
    ["m", "um", "nm", "mm", "µm"],
    ["um2", "m2", "nm2", "um^2", "um*um"],
    ["s", "ms", "us", "min", "h"],
    ["B", "KiB", "MiB", "GiB", "kB", "bytes"],
    ["bit/s", "Gb/s", "Mbit/s", "bits/s"],
    ["", "1", "%"],
    ["V2/Hz", "nV2/Hz", "V*V/Hz"],
]
POSITIVE = st.floats(1e-30, 1e30)


@pytest.mark.parametrize(
    ("unit", "scale", "dimension"),
    [
        ("", 1.0, ()),
        ("1", 1.0, ()),
        ("%", 0.01, ()),
        ("mW", 1e-3, (("W", 1),)),
        ("um2", 1e-12, (("m", 2),)),
        ("um^2", 1e-12, (("m", 2),)),
        ("V2/Hz", 1.0, (("Hz", -1), ("V", 2))),
        ("nJ/op", 1e-9, (("J", 1), ("op", -1))),
        ("MiB", 2.0**20, (("B", 1),)),
        ("min", 60.0, (("s", 1),)),
        ("A/sqrtHz", 1.0, (("A", 1), ("sqrtHz", -1))),
        ("m/m", 1.0, ()),
        ("requests/s", 1.0, (("requests", 1), ("s", -1))),
        ("dBohm", 1.0, (("dBohm", 1),)),
    ],
)
def test_scale_and_dimension(unit, scale, dimension):
    assert scale_and_dimension(unit) == (pytest.approx(scale, rel=1e-15), dimension)


@pytest.mark.parametrize("unit", ["q", "m?", "3W", "W/x9", "-", "mdB "])
def test_unknown_units_are_refused(unit):
    with pytest.raises(SpecError, match="unit"):
        scale_and_dimension(unit)


@pytest.mark.parametrize(
    ("value", "unit", "to", "wanted"),
    [
        (3.0, "mW", "W", 0.003),
        (90.107, "MHz", "Hz", 90.107e6),
        (1.3694, "mW", "W", 1.3694e-3),
        (211.2, "um2", "um2", 211.2),
        (20.236, "kohm", "ohm", 20236.0),
        (2.0, "h", "min", 120.0),
        (1.0, "GiB", "MiB", 1024.0),
        (5.0, "%", "", 0.05),
        (20.0, "%", "1", 0.2),
    ],
)
def test_convert(value, unit, to, wanted):
    assert convert(value, unit, to) == pytest.approx(wanted, rel=1e-15)


@pytest.mark.parametrize("prefix,power", [("m", 3), ("u", 6), ("n", 9), ("p", 12), ("f", 15)])
def test_decimal_prefixes_convert_as_the_literal_reads(prefix, power):
    assert convert(3.0, f"{prefix}W", "W") == float(f"3e-{power}")


@pytest.mark.parametrize(("unit", "to"), [("W", "Hz"), ("mW", ""), ("", "W"), ("dB", "1"), ("um", "um2"), ("B", "bit")])
def test_units_of_another_kind_are_refused(unit, to):
    with pytest.raises(SpecError, match="a unit of the same kind as") as caught:
        convert(1.0, unit, to, field="goal 'x'")
    assert caught.value.field == "goal 'x'"


@given(POSITIVE, st.sampled_from(UNITS_OF_ONE_KIND), st.data())
def test_convert_there_and_back(value, kind, data):
    unit, to = data.draw(st.sampled_from(kind)), data.draw(st.sampled_from(kind))
    assert convert(convert(value, unit, to), to, unit) == pytest.approx(value, rel=1e-14)
    assert convert(-value, unit, to) == -convert(value, unit, to)


@given(st.sampled_from(UNITS_OF_ONE_KIND), st.sampled_from(UNITS_OF_ONE_KIND), st.data())
def test_only_units_of_one_kind_convert(first, second, data):
    assume(first is not second)
    with pytest.raises(SpecError):
        convert(1.0, data.draw(st.sampled_from(first)), data.draw(st.sampled_from(second)))


@pytest.mark.parametrize(
    ("text", "to", "wanted"),
    [
        ("90.107 MHz", "Hz", 90.107e6),
        ("90.107MHz", "Hz", 90.107e6),
        (" 3 mW ", "W", 0.003),
        ("-.5e1", "V", -5.0),
        ("+2.", "V", 2.0),
        ("1e-3", "W", 1e-3),
        ("20236", "ohm", 20236.0),
        ("60 dB", "dB", 60.0),
        ("0.5", "", 0.5),
        ("291k", "1", None),
        ("291 kohm", "ohm", 291e3),
    ],
)
def test_parse_quantity(text, to, wanted):
    if wanted is None:
        with pytest.raises(SpecError):
            parse_quantity(text, to)
    else:
        assert parse_quantity(text, to) == pytest.approx(wanted, rel=1e-15)


@pytest.mark.parametrize("text", ["", "mW", "three mW", "1,5 mW", "1 2", "1 m W", "nan", "inf", "0x10", "1e", "--1"])
def test_text_without_a_quantity_is_refused(text):
    with pytest.raises(SpecError) as caught:
        parse_quantity(text, "W", field="goal")
    assert caught.value.field == "goal"


@given(st.floats(-1e30, 1e30), st.sampled_from(["W", "Hz", "", "um2"]))
def test_any_finite_number_reads_back_exactly(value, unit):
    assert parse_quantity(repr(value), unit) == value
    assert parse_quantity(f"{value!r} {unit}", unit) == value


@pytest.mark.parametrize(
    ("value", "unit", "wanted"),
    [
        (1.3694e-3, "W", "1.369 mW"),
        (90.107e6, "Hz", "90.11 MHz"),
        (20235.97, "ohm", "20.24 kohm"),
        (999.96e-6, "W", "1 mW"),
        (999.4e-6, "W", "999.4 uW"),
        (211.2, "um2", "211.2 um2"),
        (0.0, "W", "0 W"),
        (2.0, "W", "2 W"),
        (-4.2e-6, "A", "-4.2 uA"),
        (12.0, "", "12"),
        (57.63, "dB", "57.63 dB"),
        (math.inf, "W", "inf W"),
        (math.nan, "Hz", "nan Hz"),
        (1e-18, "F", "1e-18 F"),
        (3e13, "Hz", "30 THz"),
        (90.0, "s", "90 s"),
        (5e4, "cycles", "5e+04 cycles"),
    ],
)
def test_format_quantity(value, unit, wanted):
    assert format_quantity(value, unit) == wanted


@given(st.floats(1e-14, 1e14), st.sampled_from(["W", "Hz", "ohm", "V", "A", "F", "s", "m"]), st.integers(3, 9))
def test_a_formatted_quantity_reads_back_to_its_digits(value, unit, digits):
    assert parse_quantity(format_quantity(value, unit, digits), unit) == pytest.approx(value, rel=10.0 ** (1 - digits))
