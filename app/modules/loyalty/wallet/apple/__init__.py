"""Apple: passes, the web service that phones ask, and pushes."""
