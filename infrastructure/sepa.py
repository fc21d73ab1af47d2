"""SEPA credit transfers as ISO 20022 pain.001.001.09, written payment by payment, so that a long file takes no memory.

Source: EPC132-08, SEPA credit transfer scheme, customer-to-bank implementation guidelines.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from lxml import etree

from domain.money import Money, major
from domain.payment_file import PaymentFile
from infrastructure.latin import latin

SCHEMA: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_SPACE: Final[dict[Any, str]] = {None: SCHEMA}
_NAME_MAX, _TEXT_MAX = 70, 140
_FLUSH_BYTES: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class CreditTransfer:
    """One payout with where it goes, in clear."""

    payout_id: UUID
    amount_minor: int
    holder: str = field(repr=False)
    iban: str = field(repr=False)
    bic: str | None = field(repr=False)
    text: str


def message_id(file: PaymentFile) -> str:
    """Follows from the file's own id: a bank that has seen it takes no second one."""
    return file.id.hex


def pain_001(file: PaymentFile, transfers: Iterable[CreditTransfer]) -> Iterator[bytes]:
    """The file in pieces: always the same bytes for the same file, in the order of its payouts."""
    buffer = io.BytesIO()
    with etree.xmlfile(buffer, encoding="UTF-8") as xml:
        xml.write_declaration()
        with xml.element("Document", nsmap=_SPACE), xml.element("CstmrCdtTrfInitn"):
            xml.write(_header(file))
            with xml.element("PmtInf"):
                for element in _order(file):
                    xml.write(element)
                for transfer in transfers:
                    xml.write(_transfer(file, transfer))
                    if buffer.tell() >= _FLUSH_BYTES:
                        yield _taken(buffer)
    yield _taken(buffer)


def _header(file: PaymentFile) -> Any:
    return _element(
        "GrpHdr",
        ("MsgId", message_id(file)),
        ("CreDtTm", file.created_on.strftime("%Y-%m-%dT%H:%M:%SZ")),
        *_sums(file),
        ("InitgPty", (("Nm", latin(file.debtor.name, _NAME_MAX)),)),
    )


def _order(file: PaymentFile) -> Iterator[Any]:
    """Whose account is debited, when and how: everything before the payments themselves."""
    whole = _element(
        "PmtInf",
        ("PmtInfId", f"{message_id(file)}-1"),
        ("PmtMtd", "TRF"),
        ("BtchBookg", "false"),
        *_sums(file),
        ("PmtTpInf", (("SvcLvl", (("Cd", "SEPA"),)),)),
        ("ReqdExctnDt", (("Dt", file.execution_date.isoformat()),)),
        ("Dbtr", (("Nm", latin(file.debtor.name, _NAME_MAX)),)),
        ("DbtrAcct", (("Id", (("IBAN", file.debtor.iban),)),)),
        ("DbtrAgt", (("FinInstnId", _bank(file.debtor.bic)),)),
        ("ChrgBr", "SLEV"),
    )
    yield from list(whole)


def _transfer(file: PaymentFile, transfer: CreditTransfer) -> Any:
    made = _element(
        "CdtTrfTxInf",
        ("PmtId", (("EndToEndId", transfer.payout_id.hex),)),
        ("Amt", (("InstdAmt", str(major(Money(transfer.amount_minor, file.currency)))),)),
        *([("CdtrAgt", (("FinInstnId", _bank(transfer.bic)),))] if transfer.bic else []),
        ("Cdtr", (("Nm", latin(transfer.holder, _NAME_MAX)),)),
        ("CdtrAcct", (("Id", (("IBAN", transfer.iban),)),)),
        ("RmtInf", (("Ustrd", latin(transfer.text, _TEXT_MAX)),)),
    )
    made.find(f"{{{SCHEMA}}}Amt/{{{SCHEMA}}}InstdAmt").set("Ccy", file.currency)
    return made


def _sums(file: PaymentFile) -> tuple[tuple[str, str], ...]:
    total = str(major(Money(file.total_minor, file.currency)))
    return ("NbOfTxs", str(len(file.payout_ids))), ("CtrlSum", total)


def _bank(bic: str | None) -> tuple[tuple[str, Any], ...]:
    return (("BICFI", bic),) if bic else (("Othr", (("Id", "NOTPROVIDED"),)),)


def _element(name: str, *children: tuple[str, Any]) -> Any:
    """An element whose children are texts, or children again."""
    made = etree.Element(f"{{{SCHEMA}}}{name}", nsmap=_SPACE)
    for child, content in children:
        if isinstance(content, str):
            etree.SubElement(made, f"{{{SCHEMA}}}{child}").text = content
        else:
            made.append(_element(child, *content))
    return made


def _taken(buffer: io.BytesIO) -> bytes:
    written = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return written
