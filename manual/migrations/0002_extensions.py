"""Search: trigrams for misspellings, unaccent for those who write without å, ä and ö. Both are trusted extensions."""

from __future__ import annotations

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("manual", "0001_initial")]
    operations = [TrigramExtension(), UnaccentExtension()]
