"""Views of the inbox, how each is told and the calendar: what the database refuses."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

from cases.enums import Channel, NoticeGroup, ViewPage
from cases.models import CalendarFeed, NoticeChoice, SavedView

Act = Callable[[Any], Any]


def _view(scene: Any, name: str, **more: Any) -> None:
    SavedView.objects.create(
        membership_id=scene.world.karin.membership_id, name=name, query="vy=alla", seen_at=scene.now, **more
    )


def _choice(scene: Any, group: str = NoticeGroup.MESSAGES, channel: str = Channel.MAIL) -> None:
    NoticeChoice.objects.create(user=scene.user, group=group, channel=channel)


def _feed(scene: Any) -> None:
    CalendarFeed.objects.create(
        membership_id=scene.world.karin.membership_id, token_hash=os.urandom(32), made_at=scene.now
    )


def _twice(act: Act) -> Act:
    return lambda scene: [act(scene) for _time in range(2)]


BREAKS: Final[dict[str, tuple[Act, ...]]] = {
    "saved_view_name_once": (_twice(lambda scene: _view(scene, "Barn i Uppsala")),),
    "saved_view_page_known": (lambda scene: _view(scene, "Län", page="kitchen"),),
    "saved_view_knows_cases": (
        lambda scene: _view(scene, "Län", page=ViewPage.STATISTICS, known=[scene.world.case_id]),
    ),
    "notice_choice_group_known": (lambda scene: _choice(scene, group="gossip"),),
    "notice_choice_channel_known": (lambda scene: _choice(scene, channel="pigeon"),),
    "notice_choice_once": (_twice(_choice),),
    "calendar_feed_one": (_twice(_feed),),
}
