"""Examples of facilities, credentials, offers, slots, bookings and money."""

from datetime import date, time

import msgspec

from api.availability.routes import Created
from api.catalogue.routes import (
    ComparedOffers,
    Prices,
)
from api.examples.values import (
    BOOKING,
    EPISODE,
    FACILITY,
    HOSPITAL,
    OFFER,
    PAYMENT,
    POOL,
    at,
    eur,
    example_id,
)
from api.stripe.routes import Received
from domain.availability.events import Cause
from domain.availability.schedule_types import (
    BusyKind,
    BusySpan,
    OfferNeedView,
    OpenSpan,
    ScheduledResource,
    ScheduleView,
    UncoveredBooking,
)
from domain.availability.types import (
    BlockTime,
    BlockView,
    Closure,
    EndOpeningRule,
    EndResource,
    FeedView,
    ImportedBusyView,
    NewClosure,
    NewFeed,
    NewOfferNeed,
    NewOpeningException,
    NewOpeningRule,
    NewPool,
    NewPractitioner,
    OpeningExceptionView,
    OpeningRuleView,
    PoolKind,
    PoolView,
    ReservationStatus,
    SlotList,
    SlotView,
)
from domain.catalogue.types import (
    CreateOffer,
    Inclusion,
    LineKind,
    Named,
    OfferFacility,
    OfferLine,
    OfferList,
    OfferMode,
    OfferTerms,
    OfferView,
    PriceListReport,
    PricePoint,
    RefusedEntry,
    usual_tiers,
)
from domain.facilities.types import (
    AssignFacility,
    CreateFacility,
    FacilityIdentifier,
    FacilityKind,
    FacilityPage,
    FacilityView,
    Listing,
    ListingReason,
    PositionOf,
    Source,
)
from domain.ledger.types import (
    AccountKind,
    AccountView,
    StatementLine,
    TrialBalance,
    TrialBalanceLine,
    deposit_of,
)
from domain.money import Currency
from domain.payments.types import (
    PaymentPurpose,
    PaymentStatus,
    PaymentView,
    RefundStatus,
    RefundView,
)

KNEE = Named("knee_replacement", "Knee replacement")
ORTHOPAEDICS = Named("orthopaedics", "Orthopaedics")
_LINES = [
    OfferLine(kind=LineKind.MANDATORY, label="Operation and implant", amount=540_000),
    OfferLine(kind=LineKind.CONDITIONAL, label="Second implant", amount=90_000, cap=120_000),
    OfferLine(kind=LineKind.EXCLUDED, label="Flights"),
]
_TERMS = OfferTerms(
    currency=Currency.EUR,
    lines=_LINES,
    deposit=54_000,
    mode=OfferMode.INSTANT,
    lead_time_hours=72,
    duration_minutes=120,
    stay_nights=5,
    languages=["tr", "kk", "ru"],
    inclusions=[Inclusion.INTERPRETER, Inclusion.TRANSFER],
)
_FACILITY = FacilityView(
    id=FACILITY,
    jurisdiction="TR",
    kind=FacilityKind.HOSPITAL,
    name="Erguvan Yolu Hospital",
    names={"tr": "Erguvan Yolu Hastanesi"},
    city="Istanbul",
    city_names={"tr": "İstanbul", "kk": "Стамбұл"},
    zone="Europe/Istanbul",
    latitude=41.0082,
    longitude=28.9784,
    position_of=PositionOf.SITE,
    address="Erguvan Sk. 1",
    phone="+90 212 555 0100",
    website="https://hospital.example",
    languages=["tr", "kk"],
    register_specialties=[],
    register_gone_at=None,
    source=Source.OWN,
    identifiers=[FacilityIdentifier(Source.ROR, "https://ror.org/0abc00112")],
    demo=False,
    organisation_id=HOSPITAL,
    listing=Listing(True, ListingReason.ACCREDITED, []),
    version=3,
    updated_at=at("2027-01-15"),
)
OFFER_VIEW = OfferView(
    id=OFFER,
    version=2,
    reference="K-17",
    treatment=KNEE,
    specialty=ORTHOPAEDICS,
    facility=OfferFacility(
        FACILITY, "Erguvan Yolu Hospital", "Istanbul", "TR", "Europe/Istanbul", False
    ),
    practitioner_id=None,
    mode=OfferMode.INSTANT,
    price=eur(540_000),
    deposit=eur(54_000),
    lines=_LINES,
    lead_time_hours=72,
    duration_minutes=120,
    stay_nights=5,
    languages=["tr", "kk", "ru"],
    inclusions=[Inclusion.INTERPRETER, Inclusion.TRANSFER],
    tiers=usual_tiers(),
    active=True,
    listed=True,
    demo=False,
    updated_at=at("2027-02-01"),
)

EXAMPLES = (
    CreateFacility(
        jurisdiction="TR",
        kind=FacilityKind.HOSPITAL,
        name="Erguvan Yolu Hospital",
        names={"tr": "Erguvan Yolu Hastanesi"},
        city="Istanbul",
        latitude=41.0082,
        longitude=28.9784,
        languages=["tr", "kk"],
    ),
    AssignFacility(organisation_id=HOSPITAL),
    _FACILITY,
    FacilityPage([_FACILITY], None, 1),
    _TERMS,
    CreateOffer(treatment="knee_replacement", **msgspec.structs.asdict(_TERMS)),
    OFFER_VIEW,
    OfferList([OFFER_VIEW]),
    PriceListReport(
        made=3,
        changed=1,
        unchanged=20,
        refused=[RefusedEntry(12, "K-17", ["line 12: amount: 'free' is no amount"])],
        tried_only=False,
    ),
    Prices([PricePoint(2, eur(540_000), at("2027-02-01"))]),
    ComparedOffers([OFFER_VIEW]),
    NewPool(
        kind=PoolKind.PRACTITIONER,
        name="Dr. Elif Kaya",
        practitioner=NewPractitioner(
            name="Elif Kaya", specialty="orthopaedics", licence_number="34-5567", licence_state="TR"
        ),
    ),
    PoolView(POOL, PoolKind.PRACTITIONER, "Dr. Elif Kaya", 1, "Elif Kaya", None),
    NewOpeningRule(
        rrule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        opens=time(9),
        minutes=480,
        valid_from=date(2027, 3, 1),
    ),
    OpeningRuleView(
        example_id(50), "FREQ=MONTHLY;BYDAY=2TU", time(9), 480, date(2027, 1, 1), None, None,
        observes_holidays=True, version=1,
    ),
    EndOpeningRule(last_day=date(2027, 6, 30)),
    NewOpeningException(day=date(2027, 4, 23)),
    OpeningExceptionView(example_id(51), date(2027, 4, 23), None, 0),
    NewClosure(first_day=date(2027, 7, 1), last_day=date(2027, 7, 14), reason="Renovation"),
    Closure(example_id(52), date(2027, 7, 1), date(2027, 7, 14), "Renovation", beds_too=False),
    EndResource(ends_at=at("2027-07-01")),
    BlockTime(starts_at=at("2027-04-13", 6), ends_at=at("2027-04-13", 9), reason="Maintenance"),
    NewFeed(url="https://calendar.example.org/private/7f3c/basic.ics"),
    FeedView(
        example_id(54), "calendar.example.org", 1, at("2027-03-05"), None, 0,
        at("2027-03-05", 9, 15), 42,
    ),
    ScheduleView(
        facility_id=FACILITY,
        zone="Europe/Istanbul",
        first=date(2027, 4, 12),
        last=date(2027, 4, 12),
        holidays=[],
        closures=[],
        resources=[
            ScheduledResource(
                pool_id=POOL,
                kind=PoolKind.PRACTITIONER,
                name="Dr. Elif Kaya",
                lane=1,
                openings=[OpenSpan(at("2027-04-12", 6), at("2027-04-12", 14))],
                busy=[
                    BusySpan(
                        at("2027-04-12", 6), at("2027-04-12", 8), BusyKind.BOOKING,
                        ReservationStatus.CONFIRMED, BOOKING, None,
                    )
                ],
            )
        ],
    ),
    BlockView(example_id(53), 1, at("2027-04-13", 6), at("2027-04-13", 9), "Maintenance"),
    NewOfferNeed(pool_id=POOL, before_minutes=15, after_minutes=30),
    OfferNeedView(
        offer_id=OFFER, pool_id=POOL, kind=PoolKind.PRACTITIONER, name="Dr. Elif Kaya",
        before_minutes=15, after_minutes=30, nights=0,
    ),
    UncoveredBooking(
        BOOKING, POOL, "Dr. Elif Kaya", Cause.CLOSURE, at("2027-07-05", 6), at("2027-07-05", 8)
    ),
    Created(example_id(19)),
    SlotList(
        offer_id=OFFER,
        offer_version=2,
        mode=OfferMode.INSTANT,
        zone="Europe/Istanbul",
        your_zone="Asia/Almaty",
        items=[
            SlotView(
                at("2027-04-12", 6),
                at("2027-04-12", 8),
                "2027-04-12T09:00:00+03:00",
                "2027-04-12T11:00:00+05:00",
            )
        ],
        imported=ImportedBusyView(at("2027-03-05"), failing=False),
        next=date(2027, 5, 1),
        demo=False,
    ),
    PaymentView(
        id=PAYMENT,
        episode_id=EPISODE,
        booking_id=BOOKING,
        purpose=PaymentPurpose.DEPOSIT,
        status=PaymentStatus.CREATED,
        amount=eur(54_000),
        refunded=eur(0),
        gateway="stripe",
        demo=False,
        client_secret="pi_3QexampleSecretOfTheIntent",  # noqa: S106  an example
        created_at=at("2027-03-05"),
    ),
    RefundView(
        example_id(20), PAYMENT, RefundStatus.SUCCEEDED, eur(27_000), "cancelled_by_patient",
        at("2027-04-01"),
    ),
    AccountView(
        deposit_of(EPISODE),
        AccountKind.LIABILITY,
        Currency.EUR,
        54_000,
        [StatementLine(at("2027-03-05"), "deposit_captured", "pi_3Qexample", 54_000)],
    ),
    TrialBalance(
        [
            TrialBalanceLine("psp_clearing", AccountKind.ASSET, Currency.EUR, 54_000),
            TrialBalanceLine(deposit_of(EPISODE), AccountKind.LIABILITY, Currency.EUR, 54_000),
        ],
        {"EUR": 0},
    ),
    Received(),
)  # fmt: skip
