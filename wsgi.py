"""The WSGI entry point: `granian wsgi:app`, `flask --app wsgi …`."""

import os

from app import create_app, logs, metrics, workers
from config import Settings

settings = Settings.read()
logs.configure(settings)
# The command line imports this module too: it serves nothing, and drains by command.
serves = "FLASK_RUN_FROM_CLI" not in os.environ
if serves and settings.metrics:
    metrics.begin(shared=True)

app = create_app(settings)

# The server does itself what follows a commit until a Redis says that workers do.
if serves and settings.redis_url is None:
    workers.start_embedded(app)
    workers.start_embedded_scheduler(app)
    workers.start_embedded_wallet(app)
