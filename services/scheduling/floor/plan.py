"""The plan of a floor: its booths, and what follows from where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from chassis.kernel.refused import Refused
from services.scheduling.floor.geometry import box_of, distance, grown
from services.scheduling.floor.ground import NOT_DRAWN, Ground, Stage
from services.scheduling.floor.neighbours import Names, facing, near
from services.scheduling.floor.walking import Way, ways
from services.scheduling.placing.booths import Booth, Exhibitor, barred, unmet


@dataclass(frozen=True)
class Plan:
    """The plan in force.

    What follows from its drawing is worked out when it is first asked for, once a revision: a floor
    is folded from all its plans, and decides with the last.
    """

    revision: int = 0
    booths: Mapping[str, Booth] = field(default_factory=dict[str, Booth])
    partner_poles: frozenset[str] = frozenset()
    """The poles that keep booths for institutional partners."""
    ground: Ground = NOT_DRAWN

    @property
    def beside(self) -> Names:
        """Who stands next to a booth at its sides, or anywhere where open sides are not drawn."""
        return self._near[0]

    @property
    def back(self) -> Names:
        """Who stands back to back with a booth."""
        return self._near[1]

    @cached_property
    def facing(self) -> Names:
        """Who is seen from a booth over the aisle."""
        return facing(tuple(self.booths.values()), self.ground.obstacles)

    @cached_property
    def walk_m(self) -> Mapping[str, float]:
        """How far each booth is from the nearest entrance, along the aisles.

        Where no entrance is drawn, nothing is far: 0 for all.  A booth that no aisle leads to is
        as far as the farthest that one leads to.
        """
        walks = {booth_id: way.metres for booth_id, way in self.ways.items()}
        farthest = max(walks.values(), default=0.0)
        return {booth_id: round(walks.get(booth_id, farthest), 2) for booth_id in self.booths}

    @cached_property
    def ways(self) -> Mapping[str, Way]:
        """The shortest way from an entrance to each booth that can be reached."""
        return ways(tuple(self.booths.values()), self.ground)

    @cached_property
    def unreached(self) -> frozenset[str]:
        """Booths that no way without a step leads to; none where no entrance is drawn."""
        if not self.ground.entrances:
            return frozenset()
        return frozenset(
            self.booths.keys()
            - ways(tuple(self.booths.values()), self.ground, step_free=True).keys()
        )

    @cached_property
    def noisy(self) -> frozenset[str]:
        """Booths whose middle lies within the noise of a stage."""
        return frozenset(
            booth_id
            for booth_id, booth in self.booths.items()
            if any(_hears(booth, stage) for stage in self.ground.stages)
        )

    @cached_property
    def _near(self) -> tuple[Names, Names]:
        return near(tuple(self.booths.values()))


def draw(revision: int, booths: Sequence[Booth], ground: Ground = NOT_DRAWN) -> Plan:
    """The plan of some booths on some ground."""
    return Plan(
        revision=revision,
        booths={booth.booth_id: booth for booth in booths},
        partner_poles=frozenset(booth.pole_id for booth in booths if booth.institutional),
        ground=ground,
    )


def _hears(booth: Booth, stage: Stage) -> bool:
    middle = booth.x_m + booth.width_m / 2, booth.y_m + booth.depth_m / 2
    left, top, right, bottom = grown(box_of(stage.area), stage.noise_radius_m)
    near = left <= middle[0] <= right and top <= middle[1] <= bottom
    return near and distance(middle, stage.area) <= stage.noise_radius_m


def lost(old: Booth, new: Booth | None) -> str | None:
    """Why a new plan takes a booth from its holder.

    Another pole or another purpose makes it a booth that its holder may never have.  A lost socket
    is for the organiser to weigh, as it is when assigning by hand; and a partner who stands among
    exhibitors is not put out because its pole now keeps booths for partners elsewhere.
    """
    if new is None:
        return "booth_removed"
    if (new.pole_id, new.institutional) != (old.pole_id, old.institutional):
        return "booth_changed"
    return None


def may_stand(plan: Plan, booth: Booth, exhibitor: Exhibitor, override: bool) -> None:
    """Raises Refused where the exhibitor may not have the booth, even if it were free."""
    if exhibitor.withdrawn:
        raise Refused("exhibitor_withdrawn", exhibitor=exhibitor.exhibitor_id)
    if code := barred(plan, booth, exhibitor):
        raise Refused(
            code,
            booth=booth.booth_id,
            booth_pole=booth.pole_id,
            exhibitor_pole=exhibitor.pole_id,
        )
    if (missing := unmet(booth, exhibitor.needs)) and not override:
        raise Refused("needs_unmet", booth=booth.booth_id, unmet=", ".join(missing))
