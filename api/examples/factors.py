"""Examples of passkeys, authenticator apps, recovery codes and step-up."""

from api.examples.values import MEMBERSHIP, at, example_id
from domain.identity.eid.types import (
    EidAuthorization,
    EidLinkView,
    EidProviderView,
    FinishEid,
    Level,
)
from domain.identity.types import (
    ConfirmAuthenticator,
    EnrolmentIssued,
    Factors,
    IssueEnrolment,
    NewAuthenticator,
    PasskeySignIn,
    PasskeyView,
    RecoveryCodes,
    RedeemEnrolment,
    RegisterPasskey,
    RenamePasskey,
    StepUp,
    WearMembership,
)

_CREDENTIAL = {
    "id": "3q2-7wQ",
    "rawId": "3q2-7wQ",
    "type": "public-key",
    "response": {"clientDataJSON": "e30", "attestationObject": "o2M"},
    "clientExtensionResults": {},
}
_PASSKEY = PasskeyView(example_id(40), "My phone", at("2027-03-01"), at("2027-03-02", 8, 30), False)
CEREMONY_EXAMPLE = {
    "challenge": "bG9uZyByYW5kb20gY2hhbGxlbmdl",
    "timeout": 60000,
    "rpId": "shifayol.example",
    "allowCredentials": [],
    "userVerification": "required",
}
"""What a browser's `navigator.credentials.get` is asked with."""

_CODE = "pN2v8oWkq0S5t7xYbA1cDzE4fGhJkLmQ"
_STATE = "AZnzoFwefUKbYAAAAAAAQYk3y2Yh0mQ9v1Xc7Lr5TzE"
_BINDING = "Jm3rT8vYx0Kq5wPzL2nB7cD4fGhS6aQ9eU1iO0pRtWk"
_EID_LINK = EidLinkView(
    id=example_id(41),
    provider="kg-esi",
    name="ESI",
    level=Level.SUBSTANTIAL,
    given="Айгүл",
    family="Серікқызы",
    proved_at=at("2027-03-01"),
    last_used_at=None,
)

EXAMPLES = (
    RegisterPasskey(credential=_CREDENTIAL, label="My phone"),
    RenamePasskey("My new phone"),
    _PASSKEY,
    PasskeySignIn(credential=_CREDENTIAL),
    NewAuthenticator(
        "JBSWY3DPEHPK3PXP",
        "otpauth://totp/Shifayol:aigul%40example.org?secret=JBSWY3DPEHPK3PXP&issuer=Shifayol",
    ),
    ConfirmAuthenticator("492039"),
    RecoveryCodes(["7K4MQ2-XW9PRT-3HJ8NB"]),
    Factors([_PASSKEY], True, 10, [_EID_LINK]),
    EidProviderView("kg-esi", "ESI", "KG"),
    EidAuthorization(
        "https://esi.example/connect/authorize?response_type=code&client_id=shifayol&state=AZnz",
        _BINDING,
        at("2027-03-01", 9, 10),
    ),
    FinishEid(code="8f0c1d", state=_STATE, binding=_BINDING),
    _EID_LINK,
    StepUp(code="492039"),
    WearMembership(MEMBERSHIP),
    IssueEnrolment(email="serik@example.org", identity_checked="passport, in person"),
    EnrolmentIssued(_CODE, at("2027-03-02")),
    RedeemEnrolment(_CODE),
)
