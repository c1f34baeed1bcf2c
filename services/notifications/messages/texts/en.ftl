application_received = { $fair }: we have received your application ({ $pole }) and will write once the selection is made. Thank you.
application_accepted =
    { $from_waitlist ->
        [true] { $fair }: a place has become free and your application is accepted ({ $pole }). Your booth number will follow. Welcome!
       *[false] { $fair }: your application is accepted ({ $pole }). Your booth number will follow. Welcome!
    }
application_waitlisted = { $fair }: your application is on the waiting list, rank { $rank }. Reason: { $reason }. We will write if a place becomes free.
application_rejected = { $fair }: we are sorry that we cannot accept your application. Reason: { $reason }. Thank you.
participation_withdrawn =
    { $accepted ->
        [true] { $fair }: your participation is cancelled, your place is no longer kept. Reason: { $reason }. We hope to see you again.
       *[false] { $fair }: your application is withdrawn. Reason: { $reason }. We hope to see you again.
    }
place_offered =
    { $fair }: a place for you ({ $pole }, booths: { $booths }), kept for { $hours ->
        [one] 1 hour
       *[other] { $hours } hours
    } from this message on. Answer YES or NO, or it goes to the next in line.
offer_lapsed = { $fair }: your answer did not come in time, the place ({ $pole }) goes to the next. To be on the waiting list again, tell us.
booth_assigned =
    { $method ->
        [swap] { $fair }: your booth has changed, it is now { $booth } ({ $pole }).
       *[other] { $fair }: your booth is { $booth } ({ $pole }). Welcome!
    }
booth_released = { $fair }: booth { $booth } is no longer yours. Reason: { $reason }. We will keep you informed.
seat_reserved = { $fair }: your seat is reserved, “{ $session }”, { $day } at { $time }, { $hall }.
seat_waitlisted = { $fair }: “{ $session }”, { $day } at { $time }, is full. Your rank on the waiting list: { $rank }.
seat_moved_up = { $fair }: a seat for you! “{ $session }”, { $day } at { $time }, { $hall }.
seat_offered =
    { $fair }: a seat for you, “{ $session }”, { $day } at { $time }, { $hall }, kept for { $minutes ->
        [one] 1 minute
       *[other] { $minutes } minutes
    } from this message on. Answer YES or NO.
seat_offer_lapsed = { $fair }: your answer did not come in time, the seat goes to the next in line (“{ $session }”, { $day } at { $time }).
seat_released =
    { $waited ->
        [true] { $fair }: you are no longer on the waiting list of “{ $session }”, { $day } at { $time }.
       *[false] { $fair }: your reservation is cancelled, “{ $session }”, { $day } at { $time }.
    }
session_moved =
    { $waited ->
        [true] { $fair }: “{ $session }” takes place { $day } at { $time }, { $hall }. You keep your rank on the waiting list.
       *[false] { $fair }: “{ $session }” takes place { $day } at { $time }, { $hall }. Your seat stays reserved.
    }
session_cancelled = { $fair }: “{ $session }”, { $day } at { $time }, will not take place. We apologise.
session_tomorrow = { $fair }: tomorrow { $day } at { $time }, “{ $session }”, { $hall }.
fair_changed =
    { $one_day ->
        [true] { $fair }: the date or the place has changed. On { $first_day }, { $opens_at } to { $closes_at }, { $venue } ({ $city }). Please tell us if you cannot come.
       *[false] { $fair }: the dates or the place have changed. From { $first_day } to { $last_day }, { $opens_at } to { $closes_at }, { $venue } ({ $city }). Please tell us if you cannot come.
    }
fair_cancelled = { $fair }: this fair will not take place. Reason: { $reason }. We apologise, and hope to see you again.
campaign = { $fair }: { $text }
code =
    { $named ->
        [true] { $fair }: your code is { $code }. It is valid for ten minutes. Give it to nobody.
       *[false] Maarid: your code is { $code }. It is valid for ten minutes. Give it to nobody.
    }

# How a text on WhatsApp begins, which takes none that begins with a name.

greeting = Hello.

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
