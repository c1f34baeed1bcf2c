# French of Morocco's administrations.  Words with ç ê â î ô û ë ï œ are avoided, because one such
# letter shortens an SMS from 160 characters to 70; letters of names are never changed.

application_received = { $fair } : votre candidature est enregistrée ({ $pole }). Nous vous écrirons après la sélection. Merci.
application_accepted =
    { $from_waitlist ->
        [true] { $fair } : une place s’est libérée, votre candidature est retenue ({ $pole }). Le numéro de votre stand suivra. Bienvenue !
       *[false] { $fair } : votre candidature est retenue ({ $pole }). Le numéro de votre stand suivra. Bienvenue !
    }
application_waitlisted = { $fair } : candidature sur liste d’attente, rang { $rank }. Motif : { $reason }. Nous écrirons si une place se libère.
application_rejected = { $fair } : nous regrettons de ne pas retenir votre candidature. Motif : { $reason }. Merci.
participation_withdrawn =
    { $accepted ->
        [true] { $fair } : votre participation est annulée, votre place rendue. Motif : { $reason }. Au plaisir de vous revoir.
       *[false] { $fair } : votre candidature est retirée. Motif : { $reason }. Au plaisir de vous revoir.
    }
place_offered =
    { $fair } : une place pour vous ({ $pole }, stands : { $booths }), gardée { $hours } h dès ce message. Répondez OUI ou NON, sinon elle ira au suivant.
offer_lapsed = { $fair } : sans réponse de vous à temps, la place ({ $pole }) va au suivant. Pour revenir sur la liste d’attente, dites-le-nous.
booth_assigned =
    { $method ->
        [swap] { $fair } : votre stand a changé, c’est désormais le { $booth } ({ $pole }).
       *[other] { $fair } : votre stand est le { $booth } ({ $pole }). Bienvenue !
    }
booth_released = { $fair } : le stand { $booth } ne vous est plus attribué. Motif : { $reason }. La suite viendra par message.
seat_reserved = { $fair } : place réservée, « { $session } », { $day } à { $time }, { $hall }.
seat_waitlisted = { $fair } : « { $session } », { $day } à { $time }, est complet. Votre rang d’attente : { $rank }.
seat_moved_up = { $fair } : place obtenue, « { $session } », { $day } à { $time }, { $hall }.
seat_offered =
    { $fair } : une place pour vous, « { $session } », { $day } à { $time }, { $hall }, gardée { $minutes ->
        [one] 1 minute
       *[other] { $minutes } minutes
    } dès ce message. Répondez OUI ou NON.
seat_offer_lapsed = { $fair } : sans réponse de vous à temps, la place va au suivant (« { $session } », { $day } à { $time }).
seat_released =
    { $waited ->
        [true] { $fair } : vous quittez la liste d’attente de « { $session } », { $day } à { $time }.
       *[false] { $fair } : votre réservation est annulée, « { $session } », { $day } à { $time }.
    }
session_moved =
    { $waited ->
        [true] { $fair } : « { $session } » a changé, { $day } à { $time }, { $hall }. Rang d’attente gardé.
       *[false] { $fair } : « { $session } » a changé, { $day } à { $time }, { $hall }. Place gardée.
    }
session_cancelled = { $fair } : « { $session } », { $day } à { $time }, n’aura pas lieu. Veuillez nous excuser.
session_tomorrow = { $fair } : demain { $day } à { $time }, « { $session } », { $hall }.
fair_changed =
    { $one_day ->
        [true] { $fair } : la date ou le lieu a changé. Le { $first_day }, de { $opens_at } à { $closes_at }, { $venue } ({ $city }). Dites-nous si vous ne venez pas.
       *[false] { $fair } : les dates ou le lieu ont changé. Du { $first_day } au { $last_day }, de { $opens_at } à { $closes_at }, { $venue } ({ $city }). Dites-nous si vous ne venez pas.
    }
fair_cancelled = { $fair } : ce salon n’aura pas lieu. Motif : { $reason }. Veuillez nous excuser. Au plaisir de vous revoir.
campaign = { $fair } : { $text }
code =
    { $named ->
        [true] { $fair } : votre code est { $code }. Il est valable dix minutes. Ne le donnez à personne.
       *[false] Maarid : votre code est { $code }. Il est valable dix minutes. Ne le donnez à personne.
    }

# How a text on WhatsApp begins, which takes none that begins with a name.

greeting = Bonjour.

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
