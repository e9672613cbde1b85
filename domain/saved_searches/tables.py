"""Searches that people keep, what answered them since, and the offers that are news."""

from piccolo.columns import UUID, Boolean, Bytea, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.identity.tables import Account


class SavedSearch(Table, tablename="saved_search"):
    id = UUID(primary_key=True, default=None)
    account_id = ForeignKey(
        references=Account, default=None, null=False, on_delete=OnDelete.restrict
    )
    query_sealed = Bytea(default=None, null=False)
    tell = Boolean(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    checked_at = Timestamptz(default=None, null=False)
    told_at = Timestamptz(default=None, null=True)


class SavedSearchFind(Table, tablename="saved_search_find"):
    id = UUID(primary_key=True, default=None)
    search_id = ForeignKey(
        references=SavedSearch, default=None, null=False, on_delete=OnDelete.cascade
    )
    account_id = UUID(default=None, null=False)
    offer_id = UUID(default=None, null=False)
    kind = Text(default=None, null=False)
    at = Timestamptz(default=None, null=False)
    seen_at = Timestamptz(default=None, null=True)


class OfferNews(Table, tablename="offer_news"):
    offer_id = UUID(primary_key=True, default=None)
    kind = Text(default=None, null=False)
    at = Timestamptz(default=None, null=False)
