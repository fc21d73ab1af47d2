"""Payment files: as the schema of ISO 20022 has them, the same bytes each time, in characters that every bank takes."""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from itertools import repeat
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from domain.payment_file import Debtor, PaymentFile
from infrastructure.latin import latin
from infrastructure.sepa import SCHEMA, CreditTransfer, pain_001

XSD = Path(str(files("sepaxml"))) / "schemas" / "pain.001.001.09.xsd"
NOW = datetime(2026, 4, 27, 8, tzinfo=UTC)
NAMES = {"p": SCHEMA}
TAKEN = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(XSD))


def transfer(n: int, *, holder: str = "Vera Vendor", bic: str | None = None, minor: int = 80_00) -> CreditTransfer:
    payout_id = UUID(f"0198d000-0000-7000-8000-{n:012}")
    return CreditTransfer(payout_id, minor, holder, "DE89370400440532013000", bic, "Travellr payout of 2026-04-27")


def file_of(*transfers: CreditTransfer, bic: str | None = None) -> PaymentFile:
    return PaymentFile.create(
        file_id=UUID("0198d000-0000-7000-8000-00000000000f"),
        currency="EUR",
        debtor=Debtor("Travellr GmbH & Co. KG", "DE02120300000000202051", bic),
        execution_date=date(2026, 4, 28),
        payout_ids=tuple(t.payout_id for t in transfers),
        total_minor=sum(t.amount_minor for t in transfers),
        now=NOW,
    )


def written(*transfers: CreditTransfer, bic: str | None = None) -> Any:
    return etree.fromstring(b"".join(pain_001(file_of(*transfers, bic=bic), transfers)))


def texts(document: Any, path: str) -> list[str]:
    return [str(found.text) for found in document.iterfind(path, NAMES)]


@pytest.mark.parametrize("bic", [None, "COBADEFFXXX"])
def test_it_is_as_the_schema_has_it(schema: etree.XMLSchema, bic: str | None) -> None:
    schema.assertValid(written(transfer(1, bic=bic), transfer(2, minor=1), bic=bic))


def test_the_schema_would_find_a_mistake(schema: etree.XMLSchema) -> None:
    document = written(transfer(1))
    document.find(".//p:CtrlSum", NAMES).text = "80.001x"
    assert not schema.validate(document)


def test_it_says_who_is_paid_how_much_and_from_where() -> None:
    document = written(transfer(1), transfer(2, minor=12_345_05, bic="COBADEFF"))
    assert texts(document, ".//p:NbOfTxs") == ["2", "2"]
    assert [Decimal(text) for text in texts(document, ".//p:CtrlSum")] == [Decimal("12425.05")] * 2
    assert texts(document, ".//p:InstdAmt") == ["80.00", "12345.05"]
    assert {found.get("Ccy") for found in document.iterfind(".//p:InstdAmt", NAMES)} == {"EUR"}
    assert texts(document, ".//p:DbtrAcct/p:Id/p:IBAN") == ["DE02120300000000202051"]
    assert texts(document, ".//p:Dbtr/p:Nm") == ["Travellr GmbH + Co. KG"]
    assert texts(document, ".//p:ReqdExctnDt/p:Dt") == ["2026-04-28"]
    assert texts(document, ".//p:CdtrAgt//p:BICFI") == ["COBADEFF"]


def test_its_ids_follow_from_ours_so_that_a_bank_sees_a_file_twice() -> None:
    first, second = (b"".join(pain_001(file_of(transfer(1)), [transfer(1)])) for _ in range(2))
    assert first == second
    document = etree.fromstring(first)
    assert texts(document, ".//p:MsgId") == ["0198d000000070008000" + "00000000000f"]
    assert texts(document, ".//p:EndToEndId") == ["0198d000000070008000" + "000000000001"]
    assert max(map(len, texts(document, ".//p:PmtInfId"))) <= 35


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Jürgen Groß", "Jurgen Gross"),
        ("Łukasz Żółć", "Lukasz Zolc"),
        ("Ærø Åkerblad", "AEro Akerblad"),
        ("Γιάννης Ψαράς", "Giannis Psaras"),
        ("Щерьо Юлиянов", "Shteryo Yuliyanov"),
        ("O\u2019Neill & Søn", "O'Neill + Son"),
        ("/-//x//", "-/x"),
        ("東京", ".."),
        ("<b>&amp;", ".b.+amp."),
    ],
)
def test_names_are_written_in_characters_that_every_bank_takes(name: str, plain: str) -> None:
    assert latin(name, 70) == plain


@given(st.text(min_size=1))
def test_any_name_at_all_can_be_written(name: str) -> None:
    plain = latin(name, 70)
    assert set(plain) <= TAKEN
    assert 1 <= len(plain) <= 70
    assert plain == "." or (plain == plain.strip() and "//" not in plain and not plain.startswith("/"))


@given(st.text(min_size=1))
def test_any_name_at_all_is_as_the_schema_has_it(name: str) -> None:
    etree.XMLSchema(etree.parse(XSD)).assertValid(written(transfer(1, holder=name)))


def test_a_long_file_takes_no_more_memory_than_a_short_one() -> None:
    def peak(count: int) -> int:
        transfers: Iterator[CreditTransfer] = repeat(transfer(1), count)
        tracemalloc.start()
        for _ in pain_001(file_of(transfer(1)), transfers):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(20_000) < 2 * peak(200) + 100_000
