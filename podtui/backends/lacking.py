"""What a cluster never has, each told once: as an offer with its reason, and as a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podtui.domain.cluster import Facet, Offer
from podtui.errors import NotOffered

if TYPE_CHECKING:
    from podtui.backends.base import Keys, Nodes, Operations

_ORDER = tuple(Facet)


class Lacking:
    """The facets most clusters are without; one that has a facet has its own property for it.

    `lacks` pairs each facet the cluster never has with the reason.
    """

    lacks: tuple[tuple[Facet, str], ...] = ()

    def offers(self, *offers: Offer) -> tuple[Offer, ...]:
        """These and what is lacking, in the order of the facets."""
        lacking = (Offer(facet, offered=False, reason=why) for facet, why in self.lacks)
        return tuple(sorted((*offers, *lacking), key=lambda offer: _ORDER.index(offer.facet)))

    @property
    def nodes(self) -> Nodes:
        """NotOffered."""
        raise self._lacking(Facet.NODES)

    @property
    def keys(self) -> Keys:
        """NotOffered."""
        raise self._lacking(Facet.KEYS)

    @property
    def operations(self) -> Operations:
        """NotOffered."""
        raise self._lacking(Facet.OPERATIONS)

    def _lacking(self, facet: Facet) -> NotOffered:
        return NotOffered(dict(self.lacks)[facet])
