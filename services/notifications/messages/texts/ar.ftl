# Modern Standard Arabic, as administrations in Morocco write it; organisations are addressed in
# the polite plural.  Names stand in brackets or «», so that no case ending depends on them.

application_received = { $fair }: توصلنا بطلب مشاركتكم ({ $pole }). سنخبركم بالنتيجة بعد دراسة الطلبات. شكرا لكم.
application_accepted =
    { $from_waitlist ->
        [true] { $fair }: شغر مكان، وتم قبول مشاركتكم ({ $pole }). سنرسل إليكم رقم رواقكم لاحقا. مرحبا بكم.
       *[false] { $fair }: تم قبول مشاركتكم ({ $pole }). سنرسل إليكم رقم رواقكم لاحقا. مرحبا بكم.
    }
application_waitlisted = { $fair }: طلبكم في لائحة الانتظار، الرتبة { $rank }. السبب: { $reason }. سنخبركم فور شغور مكان.
application_rejected = { $fair }: نأسف لعدم قبول طلب مشاركتكم. السبب: { $reason }. شكرا على اهتمامكم.
participation_withdrawn =
    { $accepted ->
        [true] { $fair }: ألغيت مشاركتكم ولم يعد مكانكم محجوزا. السبب: { $reason }. نأمل لقاءكم في دورة قادمة.
       *[false] { $fair }: تم سحب طلب مشاركتكم. السبب: { $reason }. نأمل لقاءكم في دورة قادمة.
    }
place_offered =
    { $fair }: مكان لكم ({ $pole }، الأروقة: { $booths }) لمدة { $hours ->
        [one] ساعة واحدة
        [two] ساعتين
        [few] { $hours } ساعات
       *[other] { $hours } ساعة
    } من وصول الرسالة. أجيبوا بنعم أو لا، وإلا منح لمن يليكم.
offer_lapsed = { $fair }: لم يصلنا جوابكم في الأجل، فمنح المكان ({ $pole }) لمن يليكم. للعودة إلى لائحة الانتظار المرجو إخبارنا.
booth_assigned =
    { $method ->
        [swap] { $fair }: تغير رواقكم، ورواقكم الجديد هو { $booth } ({ $pole }).
       *[other] { $fair }: رواقكم هو { $booth } ({ $pole }). مرحبا.
    }
booth_released = { $fair }: لم يعد الرواق { $booth } مخصصا لكم. السبب: { $reason }. سنوافيكم بكل جديد.
seat_reserved = { $fair }: تم حجز مقعدكم: «{ $session }»، { $day } على الساعة { $time }، { $hall }.
seat_waitlisted = { $fair }: «{ $session }»، { $day } على الساعة { $time }: المقاعد محجوزة. رتبتكم في لائحة الانتظار: { $rank }.
seat_moved_up = { $fair }: توفر لكم مقعد: «{ $session }»، { $day } على الساعة { $time }، { $hall }.
seat_offered =
    { $fair }: مقعد لكم: «{ $session }»، { $day } على الساعة { $time }، { $hall }. نحتفظ به { $minutes ->
        [one] دقيقة واحدة
        [two] دقيقتين
        [few] { $minutes } دقائق
       *[other] { $minutes } دقيقة
    } من وصول الرسالة. أجيبوا بنعم أو لا.
seat_offer_lapsed = { $fair }: لم يصلنا جوابكم في الأجل، فمنح مقعد «{ $session }»، { $day } على الساعة { $time }، لمن يليكم.
seat_released =
    { $waited ->
        [true] { $fair }: لم تعودوا في لائحة انتظار «{ $session }»، { $day } على الساعة { $time }.
       *[false] { $fair }: ألغي حجز مقعدكم: «{ $session }»، { $day } على الساعة { $time }.
    }
session_moved =
    { $waited ->
        [true] { $fair }: موعد جديد: «{ $session }»، { $day } على الساعة { $time }، { $hall }. تحتفظون برتبتكم في لائحة الانتظار.
       *[false] { $fair }: موعد جديد: «{ $session }»، { $day } على الساعة { $time }، { $hall }. يبقى مقعدكم محجوزا.
    }
session_cancelled = { $fair }: نعتذر لكم، ألغيت حصة «{ $session }» المقررة { $day } على الساعة { $time }.
session_tomorrow = { $fair }: غدا { $day } على الساعة { $time }، «{ $session }»، { $hall }.
fair_changed =
    { $one_day ->
        [true] { $fair }: تغير موعد المعرض أو مكانه: يوم { $first_day }، من الساعة { $opens_at } إلى { $closes_at }، { $venue } ({ $city }). المرجو إخبارنا إن تعذر حضوركم.
       *[false] { $fair }: تغير موعد المعرض أو مكانه: من { $first_day } إلى { $last_day }، من الساعة { $opens_at } إلى { $closes_at }، { $venue } ({ $city }). المرجو إخبارنا إن تعذر حضوركم.
    }
fair_cancelled = { $fair }: نعتذر لكم، لن يقام هذا المعرض. السبب: { $reason }. نأمل لقاءكم في دورة قادمة.
campaign = { $fair }: { $text }
code =
    { $named ->
        [true] { $fair }: رمزكم { $code }. صالح لعشر دقائق، لا تعطوه لأحد.
       *[false] معرض: رمزكم { $code }. صالح لعشر دقائق، لا تعطوه لأحد.
    }

# How a text on WhatsApp begins, which takes none that begins with a name.

greeting = السلام عليكم.

# Reasons, by their codes; the first is said of every code that has no text of its own.

reason_other = قرار اللجنة المنظمة
reason_pole_full = جميع أماكن القطب محجوزة
reason_quota_reached = استكمال الحصة المخصصة لهذه الفئة
reason_late_application = ورود الطلب بعد الأجل
reason_dossier_incomplete = ملف غير مكتمل
reason_not_eligible = عدم استيفاء شروط المشاركة
reason_outside_region = المعرض مخصص لتنظيمات الجهة
reason_duplicate_application = طلب مكرر
reason_outside_the_theme = المنتوجات خارج موضوع المعرض
reason_hand_made_share_too_low = نسبة المنتوجات اليدوية غير كافية
reason_applied_by_mistake = طلب قُدم خطأ
reason_cannot_come = تعذر حضوركم
reason_booth_removed = تعديل تصميم المعرض
reason_assigned_anew = إعادة توزيع الأروقة
reason_booth_changed = تعديل تصميم المعرض
reason_bad_weather = سوء الأحوال الجوية
