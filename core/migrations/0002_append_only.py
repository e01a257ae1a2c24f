"""The audit can only grow, and names sort as in a Swedish telephone book on every build of PostgreSQL."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from core.append_only import deny_changes

# The embedded build has no ICU, so no Swedish collation. The result is bytea because a function cannot
# fix the collation of text it returns; bytes always compare as bytes. Å, ä, ö become the three signs
# after z; accents are left out. Immutable although convert_to is declared stable: the encoding of a
# database never changes.
SWEDISH_ORDER = """
CREATE FUNCTION swedish_order(value text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT convert_to(
        translate(
            lower(value),
            'åäöÅÄÖæÆøØéèêëÉÈÊËáàâãÁÀÂÃíìîïÍÌÎÏóòôõÓÒÔÕúùûÚÙÛüýÿÜÝçñÇÑ',
            '{|}{|}||}}eeeeeeeeaaaaaaaaiiiiiiiioooooooouuuuuuyyyyycncn'
        ),
        'UTF8'
    )
$$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("core", "0001_initial")]
    operations: ClassVar[list[Operation]] = [
        deny_changes("core_auditevent"),
        migrations.RunSQL(sql=SWEDISH_ORDER, reverse_sql="DROP FUNCTION swedish_order(text);"),
    ]
