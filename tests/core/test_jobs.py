from datetime import timedelta
from uuid import uuid4

import pytest

from core import clock, context, jobs
from core.models import JobRun

pytestmark = pytest.mark.django_db


def test_a_run_is_visible_while_it_runs_and_counts_what_it_did() -> None:
    with jobs.run("chase") as run:
        assert JobRun.objects.get().state == "running"
        assert context.request_id()
        run.found, run.done, run.failed = 3, 2, 1
    row = JobRun.objects.get()
    assert (row.state, row.found, row.done, row.failed) == ("finished", 3, 2, 1)
    assert row.finished_at


def test_a_failed_run_names_the_class_of_the_error_and_goes_on_raising() -> None:
    with pytest.raises(ValueError, match="Åsa"), jobs.run("chase"):
        raise ValueError("Åsa Öberg")
    row = JobRun.objects.get()
    assert (row.state, row.error) == ("failed", "ValueError")


def test_old_runs_of_the_same_job_are_removed() -> None:
    for name in ("chase", "other"):
        JobRun.objects.create(name=name, started_at=clock.now() - timedelta(days=15))
    with jobs.run("chase"):
        pass
    assert sorted(JobRun.objects.values_list("name", flat=True)) == ["chase", "other"]


def test_clockwork_is_silent_after_five_minutes() -> None:
    assert not jobs.clockwork_runs()
    with jobs.run(f"job-{uuid4()}"):
        pass
    assert jobs.clockwork_runs()
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        assert not jobs.clockwork_runs()
