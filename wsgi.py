"""The WSGI entry point: `granian wsgi:app`, `flask --app wsgi …`."""

import os

from app import create_app, jobs, workers

app = create_app()

# The server drains the outbox itself until a Redis says that workers do. The command line
# imports this module too, and drains by command.
if app.config["SETTINGS"].redis_url is None and "FLASK_RUN_FROM_CLI" not in os.environ:
    jobs.start_embedded(app)
    workers.start_embedded_scheduler(app)
