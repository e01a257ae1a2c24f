"""Whether the person of a case may be known already; asking another desk."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cases", "0005_inbox_1")]

    operations: ClassVar = [
        migrations.RemoveConstraint(
            model_name="notice",
            name="notice_kind_known",
        ),
        migrations.AddField(
            model_name="case",
            name="has_match",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="case",
            name="matched_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("new_referral", "New referral {reference}"),
                    ("accepted", "{reference} has been accepted"),
                    ("more_wanted", "More information is wanted in {reference}"),
                    ("supplemented", "New information in {reference}"),
                    ("not_taken", "{reference} is not taken forward"),
                    ("forwarded", "{reference} has been forwarded"),
                    ("assigned", "{reference} has been assigned to you"),
                    ("unassigned", "{reference} has been assigned to somebody else"),
                    ("woken", "{reference} is no longer snoozed"),
                    ("invited", "Your agency is invited to {reference}"),
                    ("answered", "An agency has answered in {reference}"),
                    ("message", "New message in {reference}"),
                    ("step_soon", "A step in {reference} is due soon"),
                    ("step_due", "A step in {reference} is due"),
                    ("step_late", "A step in {reference} is late"),
                    ("closed", "{reference} has been closed"),
                    ("reopened", "{reference} has been reopened"),
                    ("uncovered", "A desk has nobody on duty"),
                    ("unplaced", "{reference} could not be placed"),
                    ("draft_expires", "A draft is deleted soon"),
                    ("sharing", "Consent or sharing in {reference} has changed"),
                    ("sight_ended", "Your agency no longer takes part in {reference}"),
                    ("handover_asked", "Your desk is asked to take over {reference}"),
                    ("handover_taken", "{reference} has been taken over"),
                    ("handover_back", "{reference} has been sent back"),
                    ("dispute", "Agencies disagree about {reference}"),
                    ("unhandled", "{reference} has nobody who can handle it"),
                    ("match", "{reference} may be about somebody already known"),
                    ("match_asked", "Another desk asks you to call about {reference}"),
                    ("merged", "Two cases are now {reference}"),
                    ("unmerged", "{reference} has been separated again"),
                    ("incident", "New referrals from one event"),
                    ("contact", "The contact instruction in {reference} has changed"),
                    ("missing", "A person is missing: {reference}"),
                    ("document", "New document in {reference}"),
                    ("period", "A period in {reference} is about to end"),
                    ("stopped", "The return in {reference} has been stopped"),
                    ("step_moved", "A due time in {reference} has been changed by somebody else"),
                    ("saved_view", "Something new in a view you follow"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                models.F("received_at"),
                condition=models.Q(("matched_at__isnull", True)),
                name="case_unmatched_idx",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "new_referral",
                            "accepted",
                            "more_wanted",
                            "supplemented",
                            "not_taken",
                            "forwarded",
                            "assigned",
                            "unassigned",
                            "woken",
                            "invited",
                            "answered",
                            "message",
                            "step_soon",
                            "step_due",
                            "step_late",
                            "closed",
                            "reopened",
                            "uncovered",
                            "unplaced",
                            "draft_expires",
                            "sharing",
                            "sight_ended",
                            "handover_asked",
                            "handover_taken",
                            "handover_back",
                            "dispute",
                            "unhandled",
                            "match",
                            "match_asked",
                            "merged",
                            "unmerged",
                            "incident",
                            "contact",
                            "missing",
                            "document",
                            "period",
                            "stopped",
                            "step_moved",
                            "saved_view",
                        ],
                    )
                ),
                name="notice_kind_known",
            ),
        ),
    ]
