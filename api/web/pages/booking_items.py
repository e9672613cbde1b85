"""What goes along with a booking: companions, interpreters, transfers, places to stay."""

from datetime import datetime
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.http.problems import status_of
from api.web.forms import MISSING, Form, read_form
from api.web.languages import N_, Language, language_of
from api.web.pages.booking_page import facts_of, shown
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.bookings import items
from domain.bookings import service as bookings
from domain.bookings.errors import NoSuchItem
from domain.bookings.item_types import AddItem, ChangeItem, ItemDetails, ItemKind, ItemView
from domain.bookings.types import BookingMove
from domain.clock import from_wall_clock, zone
from domain.errors import DomainError
from domain.jurisdictions import LANGUAGES

FIELDS: dict[ItemKind, tuple[str, ...]] = {
    ItemKind.COMPANION: ("name", "note"),
    ItemKind.INTERPRETER: ("language", "starts_at", "ends_at", "note"),
    ItemKind.TRANSFER: ("pick_up", "drop_off", "starts_at", "note"),
    ItemKind.STAY: ("starts_at", "ends_at", "note"),
    ItemKind.MEDICAL_TRANSFER: (
        "pick_up", "drop_off", "starts_at", "stretcher", "escort", "insurer", "note",
    ),
}  # fmt: skip
"""What a patient says of each kind, in the order in which the form asks."""

_SHORT = N_("Write between 2 and 200 characters.")
_HINTS = {
    **dict.fromkeys(("name", "pick_up", "drop_off", "escort", "insurer"), _SHORT),
    "note": N_("Write between 2 and 1000 characters, or nothing."),
}
_MOMENT = N_("Choose a day and a time on the facility's clock.")
_UNFIT = N_("This does not fit the rest. Please check it.")


class BookingItemPages(Controller):
    path = "/bookings/{booking_id:uuid}/items"
    include_in_schema = False

    @get(guards=[may("bookings.read")])
    async def show(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show what goes along, and offer to ask for more."""
        return await _items_page(request, actor, booking_id)

    @get("/new/{kind:str}", guards=[may("bookings.change_items")])
    async def ask(
        self,
        request: PageRequest,
        booking_id: FromPath[UUID],
        kind: FromPath[str],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Show the form of one kind."""
        return await _form_page(request, actor, booking_id, _kind(kind))

    @post("/new/{kind:str}", guards=[may("bookings.change_items")])
    async def add(
        self,
        request: PageRequest,
        booking_id: FromPath[UUID],
        kind: FromPath[str],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Ask the facility to arrange it."""
        form, wanted = await read_form(request, language_of(request)), _kind(kind)
        where = (await bookings.show_booking(actor, booking_id)).zone
        details = _details(form, wanted, where, ItemDetails())
        if details is None:
            return await _form_page(request, actor, booking_id, wanted, form=form, status=422)
        command = AddItem(kind=wanted, details=details)
        try:
            await items.add_item(actor, booking_id, command, form.once(command))
        except DomainError as error:
            _refuse(form, error)
            return await _form_page(
                request, actor, booking_id, wanted, form=form, status=status_of(error)
            )
        return go(f"/bookings/{booking_id}/items", done="item-asked")

    @get("/{item_id:uuid}", guards=[may("bookings.change_items")])
    async def ask_change(
        self,
        request: PageRequest,
        booking_id: FromPath[UUID],
        item_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Show what was asked for, to change it."""
        item = await _item(actor, booking_id, item_id)
        return await _form_page(request, actor, booking_id, item.kind, item)

    @post("/{item_id:uuid}", guards=[may("bookings.change_items")])
    async def change(
        self,
        request: PageRequest,
        booking_id: FromPath[UUID],
        item_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Change what was asked for, or call it off."""
        form = await read_form(request, language_of(request))
        version, item = form.version(), await _item(actor, booking_id, item_id)
        if form.value("do") == "cancel":
            try:
                await items.cancel_item(actor, booking_id, item_id, version)
            except DomainError as error:
                form.refuse(error)
                return await _items_page(request, actor, booking_id, form, status=status_of(error))
            return go(f"/bookings/{booking_id}/items", done="item-cancelled")
        where = (await bookings.show_booking(actor, booking_id)).zone
        details = _details(form, item.kind, where, item.details or ItemDetails())
        if details is None:
            return await _form_page(
                request, actor, booking_id, item.kind, item, form=form, status=422
            )
        try:
            command = ChangeItem(details=details, supplier=item.supplier)
            await items.change_item(actor, booking_id, item_id, command, version)
        except DomainError as error:
            _refuse(form, error)
            return await _form_page(
                request, actor, booking_id, item.kind, item, form=form, status=status_of(error)
            )
        return go(f"/bookings/{booking_id}/items", done="item-changed")


def _kind(text: str) -> ItemKind:
    try:
        return ItemKind(text)
    except ValueError:
        raise NoSuchItem from None


async def _item(actor: Actor, booking_id: UUID, item_id: UUID) -> ItemView:
    found = await items.list_items(actor, booking_id)
    item = next((each for each in found if each.id == item_id), None)
    if item is None:
        raise NoSuchItem(subject=("booking_item", item_id))
    return item


def _details(form: Form, kind: ItemKind, where: str, before: ItemDetails) -> ItemDetails | None:
    """Read what this kind asks for; what its form does not show stays as it was."""
    given: dict[str, object] = {
        name: getattr(before, name)
        for name in ItemDetails.__struct_fields__
        if name not in FIELDS[kind]
    }
    for name in FIELDS[kind]:
        if name in ("starts_at", "ends_at"):
            given[name] = _moment(form, name, where)
    if "stretcher" in FIELDS[kind]:
        given["stretcher"] = form.checked("stretcher")
    return form.read(ItemDetails, _HINTS, **given)


def _moment(form: Form, name: str, where: str) -> datetime | None:
    """Read a day and a time as clocks at the facility show them."""
    typed = form.value(name)
    if not typed:
        return None
    try:
        local = datetime.fromisoformat(typed).replace(tzinfo=None)
        found = from_wall_clock(local.date(), local.time(), zone(where))
    except (ValueError, OverflowError):
        found = None
    if found is None:
        form.complain(name, _MOMENT)
    return found


def _refuse(form: Form, error: DomainError) -> None:
    for name in error.fields:
        field = name.removeprefix("details.")
        form.complain(field, _UNFIT if form.value(field) else MISSING)
    form.refuse(error)


def _language_options(language: Language) -> list[tuple[str, str]]:
    return sorted(((tag, language.language(tag)) for tag in LANGUAGES), key=lambda each: each[1])


async def _items_page(
    request: PageRequest, actor: Actor, booking_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    moves = await bookings.list_moves(actor, booking_id)
    return page(
        request,
        "booking_items.html",
        status=status,
        form=form,
        **shown(await facts_of(actor, booking_id, language_of(request))),
        items=await items.list_items(actor, booking_id),
        kinds=list(ItemKind) if BookingMove.CHANGE_ITEMS in moves else [],
    )


async def _form_page(
    request: PageRequest, actor: Actor, booking_id: UUID, kind: ItemKind,
    item: ItemView | None = None, *, form: Form | None = None, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    facts = await facts_of(actor, booking_id, language)
    return page(
        request,
        "booking_item.html",
        status=status,
        form=form,
        **shown(facts),
        kind=kind,
        item=item,
        fields=FIELDS[kind],
        before=_before(item, facts.booking.zone),
        languages=_language_options(language),
    )


def _before(item: ItemView | None, where: str) -> dict[str, str]:
    """Return what an item says, as the fields of its form show it."""
    if item is None or item.details is None:
        return {}
    found = {}
    for name in FIELDS[item.kind]:
        value = getattr(item.details, name)
        if isinstance(value, datetime):
            found[name] = value.astimezone(zone(where)).strftime("%Y-%m-%dT%H:%M")
        elif isinstance(value, bool):
            found[name] = "yes" if value else ""
        elif value is not None:
            found[name] = value
    return found
