"""The frontend: pages rendered on the server, over the same services as the JSON API."""

from litestar import Router

from api.http.problems import answer_browsers_with
from api.web.bell import ring
from api.web.errors import page_for
from api.web.pages.account import AccountPages
from api.web.pages.accreditors import AccreditorPages
from api.web.pages.authorisations import AuthorisationPages
from api.web.pages.booking_aftercare import BookingAftercarePages
from api.web.pages.booking_answers import BookingAnswerPages
from api.web.pages.booking_ends import BookingEndPages
from api.web.pages.booking_items import BookingItemPages
from api.web.pages.bookings import BookingPages
from api.web.pages.calendars import CalendarPages
from api.web.pages.development import DevelopmentPages
from api.web.pages.docs import DocsPages
from api.web.pages.duplicates import DuplicatePages
from api.web.pages.eid import EidPages
from api.web.pages.facilities import FacilitatorPages, FacilityPages
from api.web.pages.facility_bookings import FacilityBookingPages
from api.web.pages.facility_calendars import FacilityCalendarPages
from api.web.pages.facility_credentials import FacilityCredentialPages
from api.web.pages.facility_desk import FacilityDeskPages
from api.web.pages.facility_needs import FacilityNeedPages
from api.web.pages.facility_offers import FacilityOfferPages
from api.web.pages.facility_resource import FacilityResourcePages
from api.web.pages.facility_schedule import FacilitySchedulePages
from api.web.pages.facility_time import FacilityTimePages
from api.web.pages.family import FamilyPages
from api.web.pages.home import HomePages
from api.web.pages.letters import LetterPages
from api.web.pages.links import LinkPages
from api.web.pages.my_bookings import MyBookingPages
from api.web.pages.notices import NoticePages
from api.web.pages.offers import OfferPages
from api.web.pages.officer import OfficerPages
from api.web.pages.patient import PatientPages
from api.web.pages.practice import PracticePages
from api.web.pages.practice_aftercare import PracticeAftercarePages
from api.web.pages.profiles import ProfilePages
from api.web.pages.referrals import ReferralPages
from api.web.pages.registers import RegisterPages
from api.web.pages.rescheduling import ReschedulePages
from api.web.pages.rights import RightsPages
from api.web.pages.saved_searches import SavedSearchPages
from api.web.pages.search import SearchPages
from api.web.pages.sign_in import SignInPages
from api.web.pages.sitemap import SitemapPages
from api.web.pages.step_up import StepUpPages
from api.web.pages.systems import SystemPages
from api.web.pages.team import TeamPages
from api.web.pages.treatments import TreatmentPages
from api.web.pages.waitlist import WaitlistPages
from api.web.pages.webhooks import WebhookPages

_PAGES = (
    HomePages,
    SearchPages,
    SavedSearchPages,
    OfferPages,
    TreatmentPages,
    SitemapPages,
    FacilityPages,
    FacilitatorPages,
    SignInPages,
    EidPages,
    LinkPages,
    StepUpPages,
    AccountPages,
    NoticePages,
    CalendarPages,
    LetterPages,
    MyBookingPages,
    BookingPages,
    BookingEndPages,
    BookingAnswerPages,
    BookingItemPages,
    BookingAftercarePages,
    ReschedulePages,
    WaitlistPages,
    PatientPages,
    FamilyPages,
    PracticePages,
    PracticeAftercarePages,
    FacilityDeskPages,
    FacilityBookingPages,
    FacilityOfferPages,
    FacilitySchedulePages,
    FacilityTimePages,
    FacilityResourcePages,
    FacilityNeedPages,
    FacilityCalendarPages,
    FacilityCredentialPages,
    ProfilePages,
    ReferralPages,
    OfficerPages,
    AccreditorPages,
    AuthorisationPages,
    RegisterPages,
    DuplicatePages,
    TeamPages,
    SystemPages,
    WebhookPages,
    RightsPages,
    DevelopmentPages,
    DocsPages,
)

PAGES = (Router("/", route_handlers=_PAGES, guards=[ring]),)

answer_browsers_with(page_for)
