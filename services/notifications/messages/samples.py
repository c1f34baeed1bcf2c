"""Names and times with which texts are shown where nobody is told anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from services.notifications.messages.texts import Argument

SAMPLES: Mapping[str, Argument] = {
    "fair": {
        "ar": "المعرض الجهوي للاقتصاد الاجتماعي والتضامني بورزازات",
        "fr": "Salon régional de l'économie sociale et solidaire de Ouarzazate",
        "en": "Regional fair of the social and solidarity economy, Ouarzazate",
    },
    "pole": {"ar": "قطب الصناعة التقليدية", "fr": "Pôle artisanat", "en": "Crafts"},
    "session": {
        "ar": "تسويق منتجات التعاونيات",
        "fr": "Commercialiser les produits des coopératives",
        "en": "Marketing what cooperatives make",
    },
    "hall": {"ar": "فضاء التكوين", "fr": "Espace de formation", "en": "Training space"},
    "starts_at": datetime(2025, 9, 24, 14, 30, tzinfo=ZoneInfo("Africa/Casablanca")),
    "first_day": date(2025, 9, 24),
    "last_day": date(2025, 9, 29),
    "opens_at": time(10),
    "closes_at": time(21, 30),
    "venue": {"ar": "ساحة الموحدين", "fr": "Place Al Mouahidine"},
    "city": {"ar": "ورزازات", "fr": "Ouarzazate", "zgh": "ⵡⴰⵔⵣⴰⵣⴰⵜ"},
    "one_day": "false",
    "booth": "P-012",
    "booths": 2,
    "hours": 48,
    "minutes": 30,
    "rank": "3",
    "reason": "pole_full",
    "method": "first_fit",
    "waited": "false",
    "from_waitlist": "false",
    "accepted": "false",
    "named": "true",
    "text": {
        "ar": "يرجى إحضار بطائق المشاركين يوم الافتتاح قبل التاسعة صباحا.",
        "fr": "Merci d'apporter les badges de vos participants le jour de l'ouverture avant 9h.",
        "en": "Please bring the badges of your people on the opening day before nine.",
    },
    "code": "012345",
}
"""As long as those of a real fair, so that the segments are those of one."""
LINK = (
    "https://messages.salon-ess.example/answers/"
    + "AZLxxJsifD2eWi08TV5velkBgwH7f_mR8-Dx0l2kQZtUyNaE"
)
"""As long as a link is: the address of the service, and 48 signs."""
