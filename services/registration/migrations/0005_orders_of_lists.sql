-- Lists that can be long are read in these orders too (chassis/listing.py), page by page.
create index organisations_by_enrolment on read.organisations (enrolled_at, organisation_id);
create index applications_by_submission on read.applications (fair_id, submitted_at, application_id);
