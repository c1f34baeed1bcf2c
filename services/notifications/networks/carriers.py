"""The networks of a service, and which of them carries a message on."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from services.notifications.networks.network import Channel, Network
from services.notifications.networks.routing import LADDER, Route, best, channels_left


class Carriers:
    """The networks that the settings name, their routes, and the ladder of channels."""

    def __init__(
        self,
        networks: Sequence[Network],
        routes: Sequence[Route],
        ladder: Sequence[Channel] = LADDER,
    ) -> None:
        self._networks = {network.name: network for network in networks}
        self._routes = routes
        self._ladder = ladder

    @property
    def names(self) -> Sequence[str]:
        """The names of all networks."""
        return sorted(self._networks)

    @property
    def networks(self) -> Sequence[Network]:
        """All networks."""
        return list(self._networks.values())

    @property
    def any_here(self) -> bool:
        """Whether this replica speaks with any of them now."""
        return any(network.here for network in self._networks.values())

    def network(self, name: str) -> Network | None:
        """A network; None where the settings name it no more."""
        return self._networks.get(name)

    def next(
        self, asked: str, phone: str, failed: Collection[str]
    ) -> tuple[Channel, Network, Route] | None:
        """By what a number is tried next, when some channels have failed and this one was asked
        for; None where no channel is left, or no network carries one there."""
        for channel in channels_left(self._ladder, asked, failed):
            carrying = [n.name for n in self._networks.values() if n.channel in (None, channel)]
            route = best(self._routes, phone, carrying)
            if route is not None:
                return channel, self._networks[route.network], route
        return None

    async def close(self) -> None:
        """Give the connections of all networks back."""
        for network in self._networks.values():
            await network.close()


def only(network: Network) -> Carriers:
    """One network carries everything."""
    return Carriers([network], [Route(network.name)])
