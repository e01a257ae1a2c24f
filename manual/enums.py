"""The manual's value lists. Keys equal `manual/data/steps.yaml`; a key never changes, a label may."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Phase(TextChoices):
    """The six steps of the manual, and closing, which is the portal's own."""

    IDENTIFY = "1_identify", _("Identification")
    ACUTE = "2_acute", _("Acute protection")
    INITIAL = "3_initial", _("Initial support")
    LONGTERM = "4_longterm", _("Long-term support")
    CRIMINAL = "5_criminal", _("Criminal proceedings")
    RETURN = "6_return", _("A safe return")
    CLOSE = "7_close", _("Closure, follow-up and statistics")

    @property
    def number(self) -> int:
        """Its place in the order of the manual, 1 to 7."""
        return int(self.value[0])


class StepRole(TextChoices):
    """Who a step is for. Agency kinds, and the two roles that are no kind of their own."""

    REFERRER = "referrer", _("Referring professional")
    SOCIAL_SERVICES_ADULT = "social_services_adult", _("Social services, adults")
    SOCIAL_SERVICES_CHILD = "social_services_child", _("Social services, children")
    SOCIAL_EMERGENCY = "social_emergency", _("Out-of-hours social services")
    POLICE = "police", _("Police Authority")
    PROSECUTOR = "prosecutor", _("Prosecution Authority")
    MIGRATION_AGENCY = "migration_agency", _("Migration Agency")
    HEALTH_CARE = "health_care", _("Health care")
    MIKA = "mika", _("Mika clinic")
    REGIONAL_COORDINATOR = "regional_coordinator", _("Regional coordinator")
    NGO_PLATFORM = "ngo_platform", _("Civil Society Platform")
    SHELTER = "shelter", _("Sheltered accommodation")
    NSPM = "nspm", _("National Coordination (NSPM)")
    WORK_ENVIRONMENT_AUTHORITY = "work_environment_authority", _("Work Environment Authority")
    TAX_AGENCY = "tax_agency", _("Tax Agency")
    PRISON_PROBATION = "prison_probation", _("Prison and Probation Service")
    SCHOOL = "school", _("School")
    VICTIM_COUNSEL = "victim_counsel", _("Injured party counsel")
    GUARDIAN = "guardian", _("Guardian ad litem")
    CHIEF_GUARDIAN = "chief_guardian", _("Chief guardian")
    IOM = "iom", _("IOM")


class Milestone(TextChoices):
    """A dated fact that starts or ends deadlines."""

    SUSPICION_NOTED = "suspicion_noted", _("Suspicion noted")
    CHILD_SUSPECTED = "child_suspected", _("Suspicion that a child is being harmed")
    REFERRAL_RECEIVED = "referral_received", _("Referral received by the coordinator")
    HOTLINE_CALL = "hotline_call", _("Call to the support line")
    IDENTIFIED = "identified", _("Assessed as presumed victim")
    CHILD_REPORT_RECEIVED = "child_report_received", _("Report of concern received by the board")
    PRELIM_ASSESSMENT_DECIDED = "prelim_assessment_decided", _("Preliminary assessment decided")
    INQUIRY_OPENED = "inquiry_opened", _("Inquiry opened")
    LVU6_DECIDED = "lvu6_decided", _("Immediate care order decided")
    PLACEMENT_STARTED = "placement_started", _("Placement started")
    PLACEMENT_ENDED = "placement_ended", _("Placement ended")
    CHILD_MISSING = "child_missing", _("Child missing")
    ACUTE_ACTION_TAKEN = "acute_action_taken", _("Acute action by emergency service")
    POLICE_INFORMED = "police_informed", _("Police informed")
    POLICE_REPORT_MADE = "police_report_made", _("Police report registered")
    INVESTIGATION_OPENED = "investigation_opened", _("Criminal investigation opened")
    SUSPECT_IDENTIFIED = "suspect_identified", _("Someone reasonably suspected")
    VICTIM_IS_SUSPECT = "victim_is_suspect", _("The person became a suspect")
    COUNSEL_APPOINTED = "counsel_appointed", _("Counsel appointed")
    GUARDIAN_REQUESTED = "guardian_requested", _("Need of guardian notified")
    GUARDIAN_APPOINTED = "guardian_appointed", _("Guardian appointed")
    REFLECTION_APPLIED = "reflection_applied", _("Reflection application received")
    REFLECTION_GRANTED = "reflection_granted", _("Reflection period granted")
    REFLECTION_EXPIRES = "reflection_expires", _("Reflection period expires")
    PERMIT_APPLIED = "permit_applied", _("Six-month permit applied for")
    PERMIT_EXPIRES = "permit_expires", _("Permit expires")
    PLAN_AGREED = "plan_agreed", _("Support plan agreed")
    NSP_PERIOD_EXPIRES = "nsp_period_expires", _("NSP period expires")
    CRIMINAL_DECISION = "criminal_decision", _("Decision in the criminal case")
    CHARGES_FILED = "charges_filed", _("Charges filed")
    TRIAL_DATE = "trial_date", _("Trial date")
    JUDGMENT_FINAL = "judgment_final", _("Final judgment or closed investigation")
    RETURN_INTEREST = "return_interest", _("Wish to return expressed")
    RETURN_APPLICATION_SENT = "return_application_sent", _("Application sent to IOM")
    RETURN_ACCEPTED = "return_accepted", _("Accepted to the return programme")
    DEPARTURE_DATE = "departure_date", _("Planned departure date")
    ARRIVAL_HOME = "arrival_home", _("Arrival home")
    LAST_SUPPORT_ENDED = "last_support_ended", _("Last measure ended")
    YEAR_END = "year_end", _("End of calendar year")


class Condition(TextChoices):
    """A fact about the case that a step may depend on."""

    ASYLUM_SEEKER = "asylum_seeker", _("Asylum seeker or registered with the Migration Agency")
    CHARGES_FILED = "charges_filed", _("Charges have been filed")
    CHILD_MISSING = "child_missing", _("The child has gone missing")
    CHILD_NEEDS_CARE_OUTSIDE_HOME = (
        "child_needs_care_outside_home",
        _("The child may need care away from home"),
    )
    CONSENT_MISSING = "consent_missing", _("The adult has not consented")
    COUNSEL_APPOINTED = "counsel_appointed", _("Injured-party counsel has been appointed")
    CUSTODIAN_SUSPECTED = "custodian_suspected", _("A custodian may be a suspect or in conflict of interest")
    DETAINED = "detained", _("The person is deprived of liberty (remand, prison, detention)")
    FOREIGN_NATIONAL = "foreign_national", _("The person is a foreign national or lives abroad")
    INVESTIGATION_OPEN = "investigation_open", _("A criminal investigation is under way")
    JUDGMENT_FINAL = "judgment_final", _("Final judgment or closed criminal investigation")
    LVU6_DECIDED = "lvu6_decided", _("An immediate care order (LVU section 6) exists")
    NEEDS_SHELTERED_HOUSING = "needs_sheltered_housing", _("Sheltered housing is needed")
    NO_PUBLIC_SUPPORT = "no_public_support", _("Public support does not cover the need")
    NO_RIGHT_OF_STAY = "no_right_of_stay", _("No permit or right to stay in Sweden")
    NSP_ACTIVE = "nsp_active", _("Support from the National Support Programme is under way")
    OUTSIDE_OFFICE_HOURS = "outside_office_hours", _("It happens outside office hours")
    PERMIT_APPLIED = "permit_applied", _("A temporary permit (5:15 first paragraph) has been applied for")
    PERMIT_GRANTED = "permit_granted", _("A temporary permit (5:15 first paragraph) has been granted")
    PLACEMENT_ENDED = "placement_ended", _("The placement has ended")
    PLACEMENT_STARTED = "placement_started", _("A placement has started")
    POLICE_REPORT_MADE = "police_report_made", _("A police report exists")
    PROTECTED_IDENTITY_NEED = "protected_identity_need", _("Protected personal data is needed")
    REFLECTION_APPLIED = "reflection_applied", _("A reflection period has been applied for")
    REFLECTION_GRANTED = "reflection_granted", _("A reflection period has been granted")
    RETURN_ACCEPTED = "return_accepted", _("Accepted to the return programme")
    RETURNED_HOME = "returned_home", _("The person has returned")
    SUSPECT_IDENTIFIED = "suspect_identified", _("There is a reasonably suspected person")
    TRANSFER_OR_REMOVAL_PENDING = (
        "transfer_or_removal_pending",
        _("Transfer, refusal of entry or expulsion is pending"),
    )
    TRIAL_DATE_SET = "trial_date_set", _("The trial date is set")
    UNACCOMPANIED_CHILD = "unaccompanied_child", _("The child has no custodian here")
    VICTIM_IS_SUSPECT = "victim_is_suspect", _("The person is a suspect")
    WANTS_RETURN = "wants_return", _("The person wants to return voluntarily")


class Exploitation(TextChoices):
    """The form of exploitation."""

    SEXUAL = "sexual", _("Sexual exploitation")
    LABOUR = "labour", _("Labour exploitation")
    DOMESTIC_SERVITUDE = "domestic_servitude", _("Domestic servitude")
    BEGGING = "begging", _("Forced begging")
    CRIMINALITY = "criminality", _("Forced criminality")
    FORCED_MARRIAGE = "forced_marriage", _("Forced or child marriage")
    ORGAN_REMOVAL = "organ_removal", _("Organ removal")
    MILITARY = "military", _("Military service")
    ILLEGAL_ADOPTION = "illegal_adoption", _("Illegal adoption")
    SURROGACY = "surrogacy", _("Exploitation of surrogacy")
    OTHER = "other", _("Other purpose")
    UNKNOWN = "unknown", _("Unknown form")


class StepAge(TextChoices):
    """Whose steps: everyone's, adults' or children's. Age unsure is handled as child."""

    ALL = "all", _("All ages")
    ADULT = "adult", _("Adults")
    CHILD = "child", _("Children")


class DeadlineKind(TextChoices):
    """Where the number of a deadline comes from; always shown, so that a default never looks like law.

    statutory_fixed: the number stands in the law. statutory_open: the law says "at once", the number is
    only when the portal starts to remind. manual_guidance: our reading of a time frame. portal_default:
    ours alone.
    """

    STATUTORY_FIXED = "statutory_fixed", _("Law")
    STATUTORY_OPEN = "statutory_open", _("Law, without a number")
    MANUAL_GUIDANCE = "manual_guidance", _("The Manual")
    PORTAL_DEFAULT = "portal_default", _("Proposed by the portal")

    @property
    def is_statutory(self) -> bool:
        return self in {DeadlineKind.STATUTORY_FIXED, DeadlineKind.STATUTORY_OPEN}


class Unit(TextChoices):
    """What an amount counts. `office_hours` are the hours a desk is open."""

    HOURS = "hours", _("hours")
    OFFICE_HOURS = "office_hours", _("office hours")
    CALENDAR_DAYS = "calendar_days", _("days")
    WORKING_DAYS = "working_days", _("working days")
    MONTHS = "months", _("months")

    @property
    def is_clock_time(self) -> bool:
        """Whether the result is an instant; the others end with a whole day."""
        return self in {Unit.HOURS, Unit.OFFICE_HOURS}


class Direction(TextChoices):
    """Whether the step is due after its milestone or before it."""

    AFTER = "after", _("after")
    BEFORE = "before", _("before")


class Priority(TextChoices):
    """Critical steps climb the ladder faster."""

    CRITICAL = "critical", _("Critical")
    NORMAL = "normal", _("Normal")


class Confidence(TextChoices):
    """How sure the text or number is. `unsure` must be shown as "to be confirmed"."""

    SOURCE = "source", _("Found in a source")
    KNOWN = "known", _("General knowledge")
    UNSURE = "unsure", _("To be confirmed")


class ConsentNeed(TextChoices):
    """Whether a step needs the person's consent."""

    REQUIRED = "required", _("Consent is needed")
    REQUIRED_FOR_COORDINATOR = "required_for_coordinator", _("Consent is needed to involve the coordinator")
    NOT_REQUIRED = "not_required", _("Consent is not needed")


class EscalateTo(TextChoices):
    """Whom a reminder climbs to. The portal reminds; it never orders another authority."""

    UNIT_MANAGER = "unit_manager", _("Head of the late unit")
    REGIONAL_COORDINATOR = "regional_coordinator", _("Responsible regional coordinator")
    RC_DEPUTY = "rc_deputy", _("Deputy of the regional coordinator")
    NSPM = "nspm", _("National Coordination (reference and step only)")
    NSPM_HEAD = "nspm_head", _("Head of the National Coordination")
    SOCIAL_EMERGENCY = "social_emergency", _("Social emergency service")
    SOCIAL_BOARD_CHAIR = "social_board_chair", _("Member of the social welfare board with delegation")
    SOCIAL_SERVICES_CHILD = "social_services_child", _("Children and youth unit")
    DUTY_OFFICER = "duty_officer", _("Police officer on duty")
    LEAD_INVESTIGATOR = "lead_investigator", _("Leader of the investigation")
    PROSECUTOR = "prosecutor", _("Prosecutor")
    PROSECUTOR_HEAD = "prosecutor_head", _("Chief prosecutor")
    MIGRATION_SPECIALIST = "migration_specialist", _("Anti-trafficking specialist of the Migration Agency")
    CHIEF_GUARDIAN = "chief_guardian", _("Chief guardian authority")
    CHIEF_GUARDIAN_BOARD = "chief_guardian_board", _("Chief guardian board")


class Scope(TextChoices):
    """A step of a case, a recurring duty of an office, or a step that an act in a case opens."""

    CASE = "case", _("Case")
    OFFICE = "office", _("Office")
    ACT = "act", _("Act")


class Origin(TextChoices):
    """Where a step comes from: the proposed checklist of the manual, or an addition of the portal."""

    MANUAL = "manual", _("The Manual")
    PORTAL = "portal", _("The portal")


class Strength(TextChoices):
    """How much one sign weighs when a list is ordered. Never shown to whoever ticks, and no score."""

    STRONG = "strong", _("Strong")
    MEDIUM = "medium", pgettext_lazy("sign", "Medium")
    WEAK = "weak", _("Weak")


class Dimension(TextChoices):
    """What a sign is about."""

    RECRUITMENT = "recruitment", _("Recruitment")
    DECEPTION = "deception", _("Deception")
    COERCION = "coercion", _("Coercion")
    CONTROL = "control", _("Control")
    DEBT = "debt", _("Debt")
    VULNERABILITY = "vulnerability", _("Vulnerability")
    EXPLOITATION = "exploitation", _("Exploitation")
    SITUATION = "situation", _("Situation")


class EditionStatus(TextChoices):
    """The life of an edition. One is in work at most, and one published; several may wait for their day.

    scheduled: decided and approved, applies from a date. Which edition applies is asked by that date, not by
    the status: the job that changes the status is bookkeeping.
    """

    DRAFT = "draft", _("Draft")
    REVIEW = "review", _("In review")
    SCHEDULED = "scheduled", _("Decided, applies from a later date")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Replaced")


IN_WORK: Final = (EditionStatus.DRAFT, EditionStatus.REVIEW)
"""Editions that may still change."""

IN_FORCE_BY_DATE: Final = (EditionStatus.SCHEDULED, EditionStatus.PUBLISHED)
"""Editions of which the one with the latest day that has come applies."""


class ReviewOutcome(TextChoices):
    """What the second person said."""

    APPROVED = "approved", _("Approved")
    RETURNED = "returned", _("Sent back")
