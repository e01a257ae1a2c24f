# The portal's image: web, workers and beat are the same image with another command.
ARG BASE_IMAGE=python:3.12-slim-bookworm

FROM ${BASE_IMAGE} AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python3 -m venv /venv
COPY requirements/run.txt /requirements.txt
RUN /venv/bin/pip install --no-cache-dir --require-hashes --requirement /requirements.txt

FROM ${BASE_IMAGE}
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
       libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 portal && useradd --uid 10001 --gid portal --no-create-home --shell /usr/sbin/nologin portal \
    && install -d -o 10001 -g 10001 -m 0700 /files /disposals /seals
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=nrm_portal.settings \
    STATIC_ROOT=/app/staticfiles \
    STATIC_MANIFEST=1
# The values are of this step alone: collecting files asks neither the database nor the keys.
RUN python bin/launcher/inside.py translations \
    && SECRET_KEY=build DATABASE_URL=postgres://nobody@/none python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q accounts cases coordinators core hotline manual nrm_portal
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 CMD ["python", "deploy/healthcheck.py"]
CMD ["gunicorn", "nrm_portal.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--timeout", "60", "--graceful-timeout", "20", \
     "--no-control-socket", "--forwarder-headers", "", "--worker-tmp-dir", "/dev/shm", \
     "--max-requests", "5000", "--max-requests-jitter", "500"]
