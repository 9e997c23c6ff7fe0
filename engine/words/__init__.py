"""Words, names' spellings and calendar terms in every script."""
