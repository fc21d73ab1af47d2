"""Accounts for people who work for the platform, made from the command line."""

import asyncio
import sys
from contextlib import suppress
from typing import cast, get_args
from uuid import UUID, uuid4

from commands.append import Meta
from domain.account import EmailTaken
from domain.actor import STAFF, SYSTEM, Role
from infrastructure.container import container
from infrastructure.enrolment import PASSWORD_MIN_CHARACTERS, BadEmail, Person, enrolment, normal_email
from infrastructure.settings import Settings
from infrastructure.settings_error import SettingsError
from infrastructure.vault import PASSWORD_MAX_CHARACTERS
from infrastructure.weak_passwords import weakness


def add(settings: Settings, email: str, role: str, password: str) -> None:
    """Make a staff account and print its id. Raises SettingsError, one sentence, for what cannot be."""
    if role not in STAFF:
        raise SettingsError(f"{role!r} is not a staff role; choose one of {', '.join(sorted(STAFF))}.")
    assert role in get_args(Role)
    if not PASSWORD_MIN_CHARACTERS <= len(password) <= PASSWORD_MAX_CHARACTERS:
        allowed = f"{PASSWORD_MIN_CHARACTERS} to {PASSWORD_MAX_CHARACTERS}"
        raise SettingsError(f"A password has {allowed} characters, this one has {len(password)}.")
    weak = weakness(password, (email,))
    if weak is not None:
        raise SettingsError(f"This password {weak}.")
    try:
        address = normal_email(email)
    except BadEmail as error:
        raise SettingsError(f"{email!r}: {error}") from None
    try:
        account_id = asyncio.run(_add(settings, address, cast("Role", role), password))
    except EmailTaken as refusal:
        raise SettingsError(refusal.detail) from None
    sys.stdout.write(f"{account_id}\n")


async def _add(settings: Settings, email: str, role: Role, password: str) -> UUID:
    async with container(settings, name="staff", connections=1) as house:
        command = enrolment(
            house.vault,
            account_id=uuid4(),
            role=role,
            person=Person(email, email.partition("@")[0]),
            password=password,
        )
        await house.dispatch(command, meta=Meta(SYSTEM, type(command).__name__, f"staff-add-{command.account_id}"))
        return command.account_id


async def ensure(settings: Settings, email: str, role: Role, password: str) -> None:
    """Make this staff account unless its address is known already."""
    with suppress(EmailTaken):
        await _add(settings, email, role, password)
