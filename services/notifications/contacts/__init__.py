"""The copy of the contact records: phone, language, channel and consent of each contact."""
