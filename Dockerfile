# syntax=docker/dockerfile:1
# One image for the web server and the worker, made from the same lock file as
# every other installation.

FROM python:3.12-slim AS packages
COPY requirements.lock .
RUN python -m venv /venv && \
    /venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock

FROM python:3.12-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FLASK_APP=wsgi \
    APP_ENV=production \
    INSTANCE_DIR=/data \
    GRANIAN_WORKERS=2
RUN useradd --system --user-group --create-home --home-dir /data regulars
WORKDIR /srv/regulars
COPY --from=packages /venv /venv
COPY . .
USER regulars
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["python", "-c", \
    "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
# Without a shell in between: granian itself receives SIGTERM, and drains.
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", \
    "--blocking-threads", "16", "--workers-kill-timeout", "30", "--no-ws", \
    "--log-level", "error", "wsgi:app"]
