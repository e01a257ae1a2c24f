"""What the vault holds of a person, and the questions that know its words."""

from __future__ import annotations

from typing import Final

VAULT: Final = {
    "name": "name",
    "alias": "alias_used",
    "birth": "birth",
    "personal_number": "personal_number",
    "citizenships": "citizenship",
    "languages": "languages",
    "passport": "passport_number",
    "lma": "lma_number",
    "way": "safe_contact_method",
    "times": "safe_contact_times",
    "phone": "contact_phone",
    "email": "contact_email",
    "address": "address",
}
"""What is held → the question it answers. The safe way comes first."""
