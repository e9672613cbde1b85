"""Accounts and the trial balance, for operators and auditors."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.http.problems import problems
from domain.actor import Actor
from domain.ledger import service
from domain.ledger.service import NoSuchAccount
from domain.ledger.types import AccountView, TrialBalance


class LedgerController(Controller):
    path = "/v1/ledger"
    tags = ["Ledger"]

    @get(
        "/accounts/{code:str}",
        operation_id="showLedgerAccount",
        guards=[may("ledger.read")],
        summary="One account",
        responses=problems(NoSuchAccount),
    )
    async def account(
        self, code: FromPath[str], actor: NamedDependency[Actor]
    ) -> list[AccountView]:
        """Return an account, per currency, with its latest entries; liabilities are positive."""
        return await service.show_account(actor, code)

    @get(
        "/trial-balance",
        operation_id="trialBalance",
        guards=[may("ledger.read")],
        summary="All accounts",
    )
    async def trial_balance(self, actor: NamedDependency[Actor]) -> TrialBalance:
        """Return every account that is not zero; the sums per currency must be zero."""
        return await service.trial_balance(actor)
