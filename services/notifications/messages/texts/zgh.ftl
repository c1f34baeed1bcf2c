# Standard Moroccan Tamazight in Tifinagh.  Only what we are sure of stands here: what is missing is
# written in the contact's second language instead.  Every text begins with a Tifinagh letter, so
# that a phone sets it from left to right even where an Arabic name follows.

application_received = ⴰⵣⵓⵍ. ⵉⵍⴽⵎ ⴰⵖ ⴷ ⵓⵙⵓⵜⵔ ⵏⵏⵓⵏ: { $fair } ({ $pole }). ⵜⴰⵏⵎⵎⵉⵔⵜ.
application_accepted = ⴰⵣⵓⵍ. ⵏⵇⴱⵍ ⴰⵙⵓⵜⵔ ⵏⵏⵓⵏ: { $fair } ({ $pole }). ⵜⴰⵏⵎⵎⵉⵔⵜ.
place_offered = ⴰⵣⵓⵍ. ⵉⵙ ⵜⵔⴰⵎ ⴰⴷⵖⴰⵔ? { $fair } ({ $pole }). ⵔⴰⵔⴰⵜ ⴰⵖ ⴷ ⴰⵡⴰⵍ ⴳ { $hours } ⵏ ⵜⵙⵔⴰⴳⵉⵏ.
booth_assigned =
    { $method ->
        [swap] ⴰⵣⵓⵍ. ⴰⴷⵖⴰⵔ ⴰⵎⴰⵢⵏⵓ ⵏⵏⵓⵏ: { $booth }. { $fair } ({ $pole }).
       *[other] ⴰⵣⵓⵍ. ⴰⴷⵖⴰⵔ ⵏⵏⵓⵏ: { $booth }. { $fair } ({ $pole }).
    }
seat_reserved = ⴰⵣⵓⵍ. ⵖⵓⵔⵓⵏ ⴰⴷⵖⴰⵔ: “{ $session }”, { $day }, { $time }, { $hall }. { $fair }. ⵜⴰⵏⵎⵎⵉⵔⵜ.
session_tomorrow = ⴰⵣⵓⵍ. ⴰⵙⴽⴽⴰ, { $day }, { $time }: “{ $session }”, { $hall }. { $fair }.
campaign = ⴰⵣⵓⵍ. { $fair }: { $text }
