"""``Mailman.MemberAdaptor``: the codes of delivery status."""

from mailman.constants import DeliveryStatus

ENABLED = int(DeliveryStatus.ENABLED)
UNKNOWN = int(DeliveryStatus.UNKNOWN)
BYUSER = int(DeliveryStatus.BY_USER)
BYADMIN = int(DeliveryStatus.BY_ADMIN)
BYBOUNCE = int(DeliveryStatus.BY_BOUNCE)
