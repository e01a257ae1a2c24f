"""Addresses of the telephone desk, under /samtal/."""

from __future__ import annotations

from django.urls import path

from hotline import views
from hotline.views import hours, links, promises, question

app_name = "hotline"
urlpatterns = [
    path("", views.log, name="log"),
    path("nytt/", views.new, name="new"),
    path("bredvid/", views.beside, name="beside"),
    path("<uuid:call_id>/", views.call, name="call"),
    path("<uuid:call_id>/vidare/", links.onward, name="onward"),
    path("<uuid:call_id>/tidigare/", links.earlier, name="earlier"),
    path("<uuid:call_id>/hanvisning/", links.referral, name="referral"),
    path("<uuid:call_id>/arende/", links.attach, name="attach"),
    path("<uuid:call_id>/ratta/", links.correct, name="correct"),
    path("hamta-utkast/", links.fetch, name="fetch"),
    path("<uuid:call_id>/ring-upp/", promises.promise, name="promise"),
    path("ring-upp/", promises.queue, name="callbacks"),
    path("ring-upp/<uuid:callback_id>/", promises.one, name="callback"),
    path("ring-upp/<uuid:callback_id>/vem/", promises.take, name="callback-take"),
    path("ring-upp/<uuid:callback_id>/klart/", promises.done, name="callback-done"),
    path("ring-upp/<uuid:callback_id>/igen/", promises.again, name="callback-again"),
    path("fraga/", question.question, name="question"),
    path("fraga/<uuid:callback_id>/ta-tillbaka/", question.withdraw, name="question-withdraw"),
    path("oppettider/", hours.week, name="hours"),
    path("oppettider/andra/", hours.change, name="hours-change"),
    path("oppettider/dag/", hours.day, name="hours-day"),
    path("oppettider/dag/<int:day_id>/ta-bort/", hours.remove_day, name="hours-day-remove"),
    path("bemanning/", hours.shifts, name="roster"),
    path("bemanning/ny/", hours.put, name="roster-put"),
    path("bemanning/<uuid:shift_id>/ta-bort/", hours.remove_shift, name="roster-remove"),
]
