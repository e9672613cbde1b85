"""Opening an account: asked for with an address, opened by whoever reads that address's mail.

Nothing about an account exists before its link was followed, so nobody can occupy another's
address, and asking with a known address does the same work and gets the same answer.
"""

from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.identity import link_queries, passwords, rules
from domain.identity.errors import LinkRefused
from domain.identity.links import LASTS, Purpose, Registration, ask_link, row_of, sealed_at
from domain.identity.service import insert_account
from domain.identity.types import CheckMail, FollowLink, PersonName, RegisterAccount
from domain.ids import new_id
from domain.jurisdictions import jurisdiction
from domain.keys.service import SubjectKind, blind_index, create_data_key, data_key
from domain.languages import require_languages
from domain.patients import service as patients
from domain.text import cleaned


async def ask_registration(command: RegisterAccount) -> CheckMail:
    """Send the link that opens an account; the answer is the same for a known address.

    Raises WeakPassword, ImpossibleBirthDate, UnknownLanguage, UnknownJurisdiction, SignInBusy.
    """
    email = rules.normal_email(command.email)
    rules.require_strong_password(command.password, email)
    require_languages([command.language])
    jurisdiction(command.home_state)
    patients.require_possible_birth_date(command.birth_date)
    digest = await passwords.hashed(command.password)
    return await _note_registration(SYSTEM, cleaned(command), email, digest)


@transactional
async def _note_registration(
    actor: Actor, command: RegisterAccount, email: str, password_hash: str
) -> CheckMail:
    # The person who may come of it has this id already, and the key that seals what they wrote.
    person_id = new_id()
    keyring = await create_data_key(SubjectKind.PERSON, person_id)
    asked = Registration(
        email=email,
        password_hash=password_hash,
        given=command.name.given,
        family=command.name.family,
        passport=command.name.passport,
        home_state=command.home_state,
        birth_date=command.birth_date,
        language=command.language,
        as_patient=command.as_patient,
    )
    await ask_link(
        Purpose.REGISTER,
        blind_index("sign-in", email),
        link_id=person_id,
        payload=keyring.seal(sealed_at(person_id), msgspec.json.encode(asked)),
    )
    await audit.record(
        actor, "identity.ask_registration", subject=("mail_link", person_id),
        home_state=command.home_state,
    )  # fmt: skip
    return CheckMail(utc_now() + LASTS[Purpose.REGISTER])


@transactional
async def open_registered_account(actor: Actor, command: FollowLink) -> UUID:
    """Open the account whose link was followed and return its id.

    Raises LinkRefused, and EmailTaken where an account of the address was opened in between.
    """
    link_id = row_of(Purpose.REGISTER, command.token)
    row = await link_queries.use_link(link_id, Purpose.REGISTER.value, utc_now())
    if row is None:
        raise LinkRefused
    keyring = await data_key(SubjectKind.PERSON, link_id)
    asked = msgspec.json.decode(
        keyring.open(sealed_at(link_id), row["payload_sealed"]), type=Registration
    )
    opened = RegisterAccount(
        email=asked.email,
        password="",
        name=PersonName(given=asked.given, family=asked.family, passport=asked.passport),
        home_state=asked.home_state,
        birth_date=asked.birth_date,
        language=asked.language,
        as_patient=asked.as_patient,
    )
    return await insert_account(SYSTEM, opened, asked.password_hash, person_id=link_id)
