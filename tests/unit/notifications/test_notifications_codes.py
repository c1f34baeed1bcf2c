"""Codes, the keys that they are made of, whose phones they go to, and how many there may be."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given, strategies as st

from cli.code_keys import make_code_keys
from services.notifications.codes.keys import (
    CodeKeys,
    CodeKeysError,
    code_of,
    hash_of,
    is_code_of,
    keys_in,
    new_key,
    read_keys,
)
from services.notifications.codes.limits import SILENT, Limit, Rule, Use, reached, rules
from services.notifications.codes.mobiles import NoMobile, block_of, mobile_of

KEY, OTHER = bytes(32), bytes(31) + b"\x01"
ID = "6e1f0c5e-8a5d-5d0b-9f3e-2b7c4d1a9e60"


@pytest.mark.parametrize(
    "written",
    [
        "0612345678",
        "06 12 34 56 78",
        "06-12-34-56-78",
        "+212612345678",
        "+212 (0)6 12 34 56 78",
        "00212 612 345 678",
        "212612345678",
        "٠٦١٢٣٤٥٦٧٨",
        "\u202a+212\u00a0612-345678\u202c",
        "０６１２３４５６７８",
    ],
)
def test_one_number_has_many_spellings(written: str) -> None:
    assert mobile_of(written) == "+212612345678"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0522334455",  # A telephone of a house.
        "0892000000",  # Its callers pay.
        "0801000000",
        "+33612345678",
        "+2126123456789",
        "061234567",
        "612345678",
        "06123456 ext. 8",
        "tel:0612345678",
    ],
)
def test_what_is_no_moroccan_mobile_gets_no_code(written: str) -> None:
    with pytest.raises(NoMobile):
        mobile_of(written)


@given(st.integers(600_000_000, 799_999_999))
def test_numbers_are_written_as_contacts_have_them(national: int) -> None:
    """By the library that registration stores contacts with."""
    found = mobile_of(f"0{national}")
    parsed = phonenumbers.parse(found)
    assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == found
    if phonenumbers.is_valid_number(parsed):
        assert phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_mobile_or_none(written: str) -> None:
    with suppress(NoMobile):
        found = mobile_of(written)
        assert mobile_of(found) == found
        assert found.startswith(("+2126", "+2127"))


def test_ten_thousand_numbers_are_a_block() -> None:
    assert block_of("+212612345678") == block_of("+212612349999") != block_of("+212612355678")


def test_a_code_follows_from_key_and_message_alone() -> None:
    assert code_of(KEY, ID) == code_of(KEY, ID) != code_of(OTHER, ID)
    # By `openssl dgst -sha256 -mac HMAC`: its first eight bytes, modulo a million.
    assert code_of(KEY, ID) == "331986"


def test_codes_are_six_digits_and_spread_evenly() -> None:
    codes = [code_of(KEY, str(n)) for n in range(20_000)]
    assert {len(code) for code in codes} == {6}
    for place in range(6):
        counts = Counter(code[place] for code in codes)
        assert all(1800 < counts[str(digit)] < 2200 for digit in range(10))


def test_a_code_of_any_key_of_the_file_is_right() -> None:
    code = code_of(OTHER, ID)
    assert is_code_of([KEY, OTHER], ID, code)
    assert not is_code_of([KEY], ID, code)
    assert not is_code_of([], ID, code)


def test_hashes_of_one_kind_are_not_those_of_another() -> None:
    assert (
        hash_of(KEY, "number", "1") != hash_of(KEY, "prefix", "1") != hash_of(OTHER, "number", "1")
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "1 to 3 keys are expected"),
        ("\n".join([new_key() for _ in range(4)]), "1 to 3 keys are expected"),
        ("12ab", "line 1 is not 32 bytes"),
        (f"{KEY.hex()}\nzz", "line 2 is not 32 bytes"),
        (f"{KEY.hex()}\n{KEY.hex()}", "twice"),
    ],
)
def test_a_file_without_keys_is_refused_and_not_repeated(text: str, reason: str) -> None:
    with pytest.raises(CodeKeysError, match=reason) as error:
        keys_in(text)
    assert KEY.hex() not in str(error.value)


def test_a_file_that_changes_is_read_again_and_one_that_breaks_is_not(tmp_path: Path) -> None:
    path, now, reports = tmp_path / "keys", 0.0, list[CodeKeysError]()
    path.write_text(KEY.hex())
    keys = CodeKeys(path, lambda: now, reports.append)
    path.write_text(f"{OTHER.hex()}\n{KEY.hex()}\n")
    assert keys.current() == (KEY,)
    now = 6.0
    assert keys.current() == (OTHER, KEY)
    path.unlink()
    now = 12.0
    assert keys.current() == (OTHER, KEY)
    assert [str(error) for error in reports] == [
        f"{path} cannot be read: No such file or directory"
    ]


def test_a_process_without_a_file_has_a_key_of_its_own() -> None:
    first, second = (CodeKeys(None, lambda: 0.0, lambda _: None).current() for _ in range(2))
    assert len(first) == 1
    assert first != second


def test_the_first_file_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "home" / "keys"
    assert make_code_keys(path)
    made = read_keys(path)
    assert not make_code_keys(path)
    assert read_keys(path) == made
    assert list(path.parent.iterdir()) == [path]


RULES = rules(an_hour=250, per_fair=100, per_address=20, mad_a_day=Decimal(300))
COST = Decimal("0.50")


def used(**counts: int) -> list[tuple[Rule, Use]]:
    return [(rule, Use(Decimal(counts.get(rule.limit, 0)), 59.2)) for rule in RULES]


def test_a_limit_is_reached_by_what_would_pass_it() -> None:
    assert reached(used(), COST) is None
    assert reached(used(all=249, fair=99, address=19, prefix=9, number=2, spend=299), COST) is None
    for limit, most in {"all": 250, "fair": 100, "address": 20, "prefix": 10, "number": 3}.items():
        found = reached(used(**{limit: most}), COST)
        assert found is not None
        assert (found.limit, found.retry_after) == (limit, 60)


def test_money_is_counted_and_not_codes() -> None:
    assert reached(used(spend=299), Decimal(1)) is None
    found = reached(used(spend=299), Decimal("1.5"))
    assert found is not None
    assert found.limit is Limit.SPEND


def test_what_depends_on_no_number_is_looked_at_first() -> None:
    """Else who is told to wait would learn that the number has had its codes."""
    open_ones = [rule.limit in SILENT for rule in RULES]
    assert open_ones == sorted(open_ones)
    found = reached(used(number=3, prefix=10, address=20), COST)
    assert found is not None
    assert found.limit is Limit.ADDRESS
