"""What goes into a payment file: its payouts, with the bank accounts that their vendors had named by then, in clear."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from domain.account import Account
from domain.payment_file import FileForgotten, PaymentFile
from domain.payout import Payout
from domain.refusal import NotFound
from domain.root import Event, Root, replay
from infrastructure.container import Container
from infrastructure.known_account import known
from infrastructure.sepa import CreditTransfer
from queries.identity import identities

_AT_ONCE: Final = 100


async def payment_file_in_log(house: Container, file_id: UUID) -> PaymentFile:
    """Raises NotFound."""
    found = replay((await house.log.read((file_id,))).events[file_id])
    if not isinstance(found, PaymentFile):
        raise NotFound
    return found


async def credit_transfers(house: Container, file: PaymentFile) -> list[CreditTransfer]:
    """At most `PAYOUTS_MAX`, in the order of the file. Raises FileForgotten if one of its vendors was erased since."""
    made: list[CreditTransfer] = []
    for start in range(0, len(file.payout_ids), _AT_ONCE):
        made.extend(await _some(house, file.payout_ids[start : start + _AT_ONCE]))
    assert sum(transfer.amount_minor for transfer in made) == file.total_minor
    return made


async def _some(house: Container, payout_ids: Sequence[UUID]) -> list[CreditTransfer]:
    payouts = [payout for payout in await _roots(house, payout_ids) if isinstance(payout, Payout)]
    vendor_ids = list(dict.fromkeys(payout.vendor_id for payout in payouts))
    accounts = dict(zip(vendor_ids, await _streams(house, vendor_ids), strict=True))
    async with house.reads.connection() as connection:
        keys = await identities(connection, vendor_ids)
    return [_transfer(house, payout, accounts[payout.vendor_id], keys) for payout in payouts]


def _transfer(
    house: Container, payout: Payout, account_events: Sequence[Event], keys: dict[UUID, str]
) -> CreditTransfer:
    """As the account was when the payout was filed: what the vendor has named since is for the next file."""
    account = replay(account_events[: payout.details_version])
    if not isinstance(account, Account) or account.id not in keys:
        raise FileForgotten
    person = known(house.vault, account, keys[account.id])
    return CreditTransfer(
        payout_id=payout.id,
        amount_minor=payout.amount_minor,
        holder=person.must_read("account_holder"),
        iban=person.must_read("iban"),
        bic=person.read("bic"),
        text=f"Travellr payout of {payout.period_end.isoformat()}",
    )


async def _roots(house: Container, stream_ids: Sequence[UUID]) -> Iterator[Root | None]:
    return map(replay, await _streams(house, stream_ids))


async def _streams(house: Container, stream_ids: Sequence[UUID]) -> list[Sequence[Event]]:
    events = (await house.log.read(tuple(stream_ids))).events
    return [events[stream_id] for stream_id in stream_ids]
