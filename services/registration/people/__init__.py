"""The people who wear an exhibitor's badges: added, replaced, removed, erased."""
