# Modern Standard Arabic, as administrations in Morocco write it; organisations are addressed in
# the polite plural.  Names stand in brackets or «», so that no case ending depends on them.

application_received = { $fair }: توصلنا بطلب مشاركتكم ({ $pole }). سنخبركم بالنتيجة بعد دراسة الطلبات. شكرا لكم.
application_accepted =
    { $from_waitlist ->
        [true] { $fair }: شغر مكان، ويسعدنا إخباركم بقبول مشاركتكم ({ $pole }). سنرسل إليكم رقم رواقكم لاحقا. مرحبا بكم.
       *[false] { $fair }: يسعدنا إخباركم بقبول مشاركتكم ({ $pole }). سنرسل إليكم رقم رواقكم لاحقا. مرحبا بكم.
    }
application_waitlisted = { $fair }: طلبكم في لائحة الانتظار، الرتبة { $rank }. السبب: { $reason }. سنخبركم فور شغور مكان.
application_rejected = { $fair }: نأسف لعدم قبول طلب مشاركتكم. السبب: { $reason }. نشكركم على اهتمامكم.
participation_withdrawn =
    { $accepted ->
        [true] { $fair }: ألغيت مشاركتكم ولم يعد مكانكم محجوزا. السبب: { $reason }. نأمل لقاءكم في دورة قادمة.
       *[false] { $fair }: تم سحب طلب مشاركتكم. السبب: { $reason }. نأمل لقاءكم في دورة قادمة.
    }
place_offered =
    { $fair }: شغر مكان لكم ({ $pole }، عدد الأروقة: { $booths }). نحتفظ لكم به { $hours ->
        [one] ساعة واحدة
        [two] ساعتين
        [few] { $hours } ساعات
       *[other] { $hours } ساعة
    } بعد وصول هذه الرسالة. المرجو إجابتنا بنعم أو لا، وإلا منح المكان لمن يليكم في اللائحة.
offer_lapsed = { $fair }: لم يصلنا جوابكم في الأجل، فمنح المكان ({ $pole }) لمن يليكم في اللائحة. إن كنتم لا تزالون راغبين في المشاركة فأخبرونا لنعيدكم إلى لائحة الانتظار.
booth_assigned =
    { $method ->
        [swap] { $fair }: تغير رواقكم، ورواقكم الجديد هو { $booth } ({ $pole }).
       *[other] { $fair }: رواقكم هو { $booth } ({ $pole }). مرحبا بكم.
    }
booth_released = { $fair }: لم يعد الرواق { $booth } مخصصا لكم. السبب: { $reason }. سنوافيكم بكل جديد.
seat_reserved = تم حجز مقعدكم: «{ $session }»، { $day } على الساعة { $time }، { $hall }. المرجو إخبارنا إن تعذر حضوركم.
seat_waitlisted = «{ $session }»، { $day } على الساعة { $time }: جميع المقاعد محجوزة. رتبتكم في لائحة الانتظار: { $rank }. سنخبركم فور توفر مقعد.
seat_moved_up = توفر لكم مقعد: «{ $session }»، { $day } على الساعة { $time }، { $hall }. ننتظركم.
seat_offered =
    شغر مقعد لكم: «{ $session }»، { $day } على الساعة { $time }، { $hall }. نحتفظ لكم به { $minutes ->
        [one] دقيقة واحدة
        [two] دقيقتين
        [few] { $minutes } دقائق
       *[other] { $minutes } دقيقة
    } بعد وصول هذه الرسالة. المرجو إجابتنا بنعم أو لا، وإلا منح المقعد لمن يليكم في اللائحة.
seat_offer_lapsed = «{ $session }»، { $day } على الساعة { $time }: لم يصلنا جوابكم في الأجل، فمنح المقعد لمن يليكم في اللائحة.
seat_released =
    { $waited ->
        [true] «{ $session }»، { $day } على الساعة { $time }: لم تعودوا في لائحة الانتظار.
       *[false] «{ $session }»، { $day } على الساعة { $time }: ألغي حجز مقعدكم.
    }
session_moved =
    { $waited ->
        [true] تغيير في البرنامج: «{ $session }»، الموعد الجديد { $day } على الساعة { $time }، { $hall }. تحتفظون برتبتكم في لائحة الانتظار.
       *[false] تغيير في البرنامج: «{ $session }»، الموعد الجديد { $day } على الساعة { $time }، { $hall }. يبقى مقعدكم محجوزا.
    }
session_cancelled = نعتذر لكم: ألغيت حصة «{ $session }» المقررة { $day } على الساعة { $time }.
session_tomorrow = تذكير: غدا { $day } على الساعة { $time }، «{ $session }»، { $hall }. ننتظركم.
fair_changed =
    { $one_day ->
        [true] { $fair }: تغير موعد المعرض أو مكانه. يقام يوم { $first_day }، من الساعة { $opens_at } إلى { $closes_at }، { $venue } ({ $city }). المرجو إخبارنا إن تعذر حضوركم.
       *[false] { $fair }: تغير موعد المعرض أو مكانه. يقام من { $first_day } إلى { $last_day }، من الساعة { $opens_at } إلى { $closes_at }، { $venue } ({ $city }). المرجو إخبارنا إن تعذر حضوركم.
    }
fair_cancelled = { $fair }: نعتذر لكم، لن يقام هذا المعرض. السبب: { $reason }. نأمل لقاءكم في دورة قادمة.
code =
    { $named ->
        [true] { $fair }: رمزكم { $code }. صالح لعشر دقائق، لا تعطوه لأحد.
       *[false] معرض: رمزكم { $code }. صالح لعشر دقائق، لا تعطوه لأحد.
    }

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
