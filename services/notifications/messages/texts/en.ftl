application_received = { $fair }: we have received your application ({ $pole }). We will write to you once the selection is made. Thank you.
application_accepted =
    { $from_waitlist ->
        [true] { $fair }: a place has become free and your application is accepted ({ $pole }). Your booth number will follow. Welcome!
       *[false] { $fair }: your application is accepted ({ $pole }). Your booth number will follow. Welcome!
    }
application_waitlisted = { $fair }: your application is on the waiting list, at rank { $rank }. Reason: { $reason }. We will write to you if a place becomes free.
application_rejected = { $fair }: we are sorry that we cannot accept your application. Reason: { $reason }. Thank you for your interest.
participation_withdrawn =
    { $accepted ->
        [true] { $fair }: your participation is cancelled and your place is no longer kept. Reason: { $reason }. We hope to welcome you another time.
       *[false] { $fair }: your application is withdrawn. Reason: { $reason }. We hope to welcome you another time.
    }
place_offered =
    { $fair }: a place has become free for you ({ $pole }, booths: { $booths }). We keep it for { $hours ->
        [one] 1 hour
       *[other] { $hours } hours
    } from this message on. Please tell us yes or no: without an answer it goes to the next in line.
offer_lapsed = { $fair }: your answer did not come in time, and the place ({ $pole }) goes to the next in line. If you still wish to take part, tell us: we can put you on the waiting list again.
booth_assigned =
    { $method ->
        [swap] { $fair }: your booth has changed, it is now { $booth } ({ $pole }).
       *[other] { $fair }: your booth is { $booth } ({ $pole }). Welcome!
    }
booth_released = { $fair }: booth { $booth } is no longer yours. Reason: { $reason }. We will keep you informed.
seat_reserved = Your seat is reserved: “{ $session }”, { $day } at { $time }, { $hall }. Please tell us if you cannot come.
seat_waitlisted = “{ $session }”, { $day } at { $time }: all seats are taken. Your rank on the waiting list: { $rank }. We will write to you if a seat becomes free.
seat_moved_up = A seat has become free for you: “{ $session }”, { $day } at { $time }, { $hall }. We look forward to seeing you.
seat_offered =
    A seat has become free for you: “{ $session }”, { $day } at { $time }, { $hall }. We keep it for { $minutes ->
        [one] 1 minute
       *[other] { $minutes } minutes
    } from this message on. Answer YES or NO: without an answer it goes to the next in line.
seat_offer_lapsed = “{ $session }”, { $day } at { $time }: your answer did not come in time, and the seat goes to the next in line.
seat_released =
    { $waited ->
        [true] “{ $session }”, { $day } at { $time }: you are no longer on the waiting list.
       *[false] “{ $session }”, { $day } at { $time }: your reservation is cancelled.
    }
session_moved =
    { $waited ->
        [true] Change of programme: “{ $session }” takes place { $day } at { $time }, { $hall }. You keep your rank on the waiting list.
       *[false] Change of programme: “{ $session }” takes place { $day } at { $time }, { $hall }. Your seat stays reserved.
    }
session_cancelled = “{ $session }” ({ $day } at { $time }) will not take place. We apologise.
session_tomorrow = Reminder: tomorrow { $day } at { $time }, “{ $session }”, { $hall }. We look forward to seeing you.
fair_changed =
    { $one_day ->
        [true] { $fair }: the date or the place has changed. The fair takes place on { $first_day }, from { $opens_at } to { $closes_at }, { $venue } ({ $city }). Please tell us if you cannot come.
       *[false] { $fair }: the date or the place has changed. The fair takes place from { $first_day } to { $last_day }, { $opens_at } to { $closes_at }, { $venue } ({ $city }). Please tell us if you cannot come.
    }
fair_cancelled = { $fair }: this fair will not take place. We apologise. Reason: { $reason }. We hope to welcome you another time.
code =
    { $named ->
        [true] { $fair }: your code is { $code }. It is valid for ten minutes. Give it to nobody.
       *[false] Maarid: your code is { $code }. It is valid for ten minutes. Give it to nobody.
    }

# Reasons, by their codes; the first is said of every code that has no text of its own.

reason_other = decision of the organising committee
reason_pole_full = all places are taken
reason_quota_reached = the quota of this category is reached
reason_late_application = the application came after the deadline
reason_dossier_incomplete = incomplete file
reason_not_eligible = the conditions of participation are not met
reason_outside_region = the fair is for organisations of the region
reason_duplicate_application = the same application came twice
reason_outside_the_theme = the products are outside the fair’s theme
reason_hand_made_share_too_low = the share of hand-made products is too low
reason_applied_by_mistake = the application was made by mistake
reason_cannot_come = you cannot come
reason_booth_removed = the floor plan has changed
reason_assigned_anew = booths were assigned anew
reason_booth_changed = the floor plan has changed
reason_bad_weather = bad weather
