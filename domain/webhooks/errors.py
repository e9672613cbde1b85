"""What can go wrong with webhooks."""

from domain.errors import Conflict, Invalid, NotFound, raised_by


class NoSuchWebhook(NotFound):
    code = "webhook_not_found"
    title = "The organisation has no such webhook"


class NoSuchDelivery(NotFound):
    code = "webhook_delivery_not_found"
    title = "The webhook has no such delivery, or it was forgotten after 30 days"


class UnusableUrl(Invalid):
    code = "webhook_url_unusable"
    title = "A webhook needs a public https:// address without a name or password in it"


@raised_by("webhook_endpoint_once")
class WebhookKnown(Conflict):
    code = "webhook_known"
    title = "The organisation has a webhook with this address already"


class TooManyWebhooks(Conflict):
    code = "too_many_webhooks"
    title = "The organisation has as many webhooks as it may have; remove one first"


class WebhookDisabled(Conflict):
    code = "webhook_disabled"
    title = "Nothing is sent to this webhook at present; enable it first"


class UnusableSince(Invalid):
    code = "unusable_since"
    title = "Deliveries are kept for 30 days; name an instant within them"
