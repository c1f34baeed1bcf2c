# French of Morocco's administrations.  Words with ç ê â î ô û ë ï œ are avoided, because one such
# letter shortens an SMS from 160 characters to 70; letters of names are never changed.

application_received = { $fair } : votre candidature est bien enregistrée ({ $pole }). Nous vous écrirons une fois la sélection faite. Merci.
application_accepted =
    { $from_waitlist ->
        [true] { $fair } : une place s’est libérée, votre candidature est retenue ({ $pole }). Le numéro de votre stand suivra. Bienvenue !
       *[false] { $fair } : votre candidature est retenue ({ $pole }). Le numéro de votre stand suivra. Bienvenue !
    }
application_waitlisted = { $fair } : votre candidature est sur liste d’attente, au rang { $rank }. Motif : { $reason }. Nous vous écrirons si une place se libère.
application_rejected = { $fair } : nous regrettons de ne pas pouvoir retenir votre candidature. Motif : { $reason }. Merci de votre confiance.
participation_withdrawn =
    { $accepted ->
        [true] { $fair } : votre participation est annulée et votre place rendue. Motif : { $reason }. Au plaisir de vous accueillir à une prochaine édition.
       *[false] { $fair } : votre candidature est retirée. Motif : { $reason }. Au plaisir de vous accueillir à une prochaine édition.
    }
place_offered =
    { $fair } : une place se libère pour vous ({ $pole }, stands : { $booths }). Elle vous est gardée { $hours } h à partir de ce message. Dites-nous oui ou non : sans réponse, elle ira à la candidature suivante.
offer_lapsed = { $fair } : votre réponse n’est pas arrivée à temps, et la place ({ $pole }) va à la candidature suivante. Si vous voulez encore participer, dites-le-nous : nous pouvons vous remettre sur la liste d’attente.
booth_assigned =
    { $method ->
        [swap] { $fair } : votre stand a changé, c’est désormais le { $booth } ({ $pole }).
       *[other] { $fair } : votre stand est le { $booth } ({ $pole }). Bienvenue !
    }
booth_released = { $fair } : le stand { $booth } ne vous est plus attribué. Motif : { $reason }. Nous vous tiendrons au courant.
seat_reserved = Votre place est réservée : « { $session } », { $day } à { $time }, { $hall }. Merci de nous prévenir si vous ne pouvez pas venir.
seat_waitlisted = « { $session } », { $day } à { $time } : toutes les places sont prises. Votre rang sur la liste d’attente : { $rank }. Nous vous écrirons si une place se libère.
seat_moved_up = Une place s’est libérée pour vous : « { $session } », { $day } à { $time }, { $hall }. Nous vous attendons.
seat_offered =
    Une place se libère pour vous : « { $session } », { $day } à { $time }, { $hall }. Elle vous est gardée { $minutes ->
        [one] 1 minute
       *[other] { $minutes } minutes
    } à partir de ce message. Répondez OUI ou NON : sans réponse, elle ira à la personne suivante.
seat_offer_lapsed = « { $session } », { $day } à { $time } : votre réponse n’est pas arrivée à temps, et la place va à la personne suivante.
seat_released =
    { $waited ->
        [true] « { $session } », { $day } à { $time } : vous ne figurez plus sur la liste d’attente.
       *[false] « { $session } », { $day } à { $time } : votre réservation est annulée.
    }
session_moved =
    { $waited ->
        [true] Changement de programme : « { $session } » aura lieu { $day } à { $time }, { $hall }. Vous gardez votre rang sur la liste d’attente.
       *[false] Changement de programme : « { $session } » aura lieu { $day } à { $time }, { $hall }. Votre place reste réservée.
    }
session_cancelled = « { $session } » ({ $day } à { $time }) n’aura pas lieu. Nous vous prions de nous excuser.
session_tomorrow = Rappel : demain { $day } à { $time }, « { $session } », { $hall }. Nous vous attendons.
fair_changed =
    { $one_day ->
        [true] { $fair } : la date ou le lieu a changé. Le salon aura lieu le { $first_day }, de { $opens_at } à { $closes_at }, { $venue } ({ $city }). Merci de nous prévenir si vous ne pouvez pas venir.
       *[false] { $fair } : la date ou le lieu a changé. Le salon aura lieu du { $first_day } au { $last_day }, de { $opens_at } à { $closes_at }, { $venue } ({ $city }). Merci de nous prévenir si vous ne pouvez pas venir.
    }
fair_cancelled = { $fair } : ce salon n’aura pas lieu, et nous vous prions de nous excuser. Motif : { $reason }. Au plaisir de vous accueillir à une prochaine édition.
code =
    { $named ->
        [true] { $fair } : votre code est { $code }. Il est valable dix minutes. Ne le donnez à personne.
       *[false] Maarid : votre code est { $code }. Il est valable dix minutes. Ne le donnez à personne.
    }

# Reasons, by their codes; the first is said of every code that has no text of its own.

reason_other = décision du comité d’organisation
reason_pole_full = toutes les places sont prises
reason_quota_reached = le quota de cette catégorie est atteint
reason_late_application = candidature hors délai
reason_dossier_incomplete = dossier incomplet
reason_not_eligible = conditions de participation non remplies
reason_outside_region = salon réservé aux organisations de la région
reason_duplicate_application = candidature en double
reason_outside_the_theme = produits hors du thème du salon
reason_hand_made_share_too_low = part de produits faits main insuffisante
reason_applied_by_mistake = candidature faite par erreur
reason_cannot_come = vous ne pouvez pas venir
reason_booth_removed = le plan du salon a changé
reason_assigned_anew = les stands ont été réattribués
reason_booth_changed = le plan du salon a changé
reason_bad_weather = mauvais temps
