"""What was given to somebody, and what somebody follows."""

from __future__ import annotations

import uuid

from accounts.access import Assignment
from cases.enums import Channel, NoticeGroup, NoticeKind
from cases.models import Notice, SavedView, Step
from cases.notifications.choices import Wishes
from cases.notifications.sending import mail_now, tell
from core import clock


def step_assigned(step: Step, *, before: uuid.UUID | None, by: Assignment) -> None:
    """A step has changed hands: who has it now and who had it, and by whom."""
    once = f"step-assigned:{step.pk}:{step.version}"
    if step.assignee_id and step.assignee_id != by.user_id:
        tell([step.assignee_id], NoticeKind.ASSIGNED, step.case, step=step, once=once, by=by)
    if before and before not in (step.assignee_id, by.user_id):
        tell([before], NoticeKind.UNASSIGNED, step.case, step=step, once=once, by=by)


def view_has_news(view: SavedView) -> bool:
    """A case has come into a view she follows: at most once a day. Whether she was told now."""
    return _view_news(view, NoticeKind.SAVED_VIEW, f"view:{view.pk}:{clock.today()}")


def figures_are_out(view: SavedView, period: str) -> bool:
    """A new period of what she follows is published. It says which view, never a number."""
    return _view_news(view, NoticeKind.NEW_FIGURES, f"figures:{view.pk}:{period}")


def _view_news(view: SavedView, kind: NoticeKind, once: str) -> bool:
    user = view.membership.user_id
    channel = Wishes([user], [NoticeGroup.VIEWS]).channel(user, kind)
    if channel == Channel.NEVER or Notice.objects.filter(dedupe_key=f"{once}:{user}").exists():
        return False
    notice = Notice(
        user_id=user,
        kind=kind,
        view=view,
        dedupe_key=f"{once}:{user}",
        made_at=clock.now(),
    )
    notice.save(force_insert=True)
    if channel == Channel.MAIL:
        mail_now([user], once, ordinary=True, still={"still": "view", "view": view.pk})
    return True
