// Compiled by a test: what a consumer in TypeScript may write, and what its compiler refuses.
import type { EventType, MaaridEvent, TopicByType } from "../../contracts/typescript/maarid-contracts";

export function told(event: MaaridEvent): string {
  switch (event.type) {
    case "maarid.scheduling.BoothAssigned.v1":
      // @ts-expect-error: seats belong to another event.
      event.data.seat_id;
      return `${event.data.booth_id} ${event.data.method === "swap" ? "⇄" : "→"} ${event.data.exhibitor_id}`;
    case "maarid.ticketing.SeatReserved.v1":
      return event.data.seat_id;
    case "maarid.registration.FairAnnounced.v1":
      return event.data.name.ar + event.data.poles[0].name.fr + (event.data.area_m2 ?? 0);
    default:
      return event.type;
  }
}

export const known: EventType = "maarid.notifications.MessageDelivered.v1";
// @ts-expect-error: nobody publishes this.
export const unknown: EventType = "maarid.notifications.MessageForgotten.v1";

export const topic: TopicByType["maarid.registration.ContactRecord.v1"] = "registration.contacts.v1";
// @ts-expect-error: contacts have a topic of their own.
export const wrong: TopicByType["maarid.registration.ContactRecord.v1"] = "registration.events.v1";

// @ts-expect-error: a required field is missing.
export const incomplete: MaaridEvent = { type: known, data: {} };
