"""The limit of everything above the database: Flask, reading JSON and answering JSON."""

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

app = Flask("bare")


@app.post("/")
def answer() -> ResponseReturnValue:
    asked = request.get_json()
    return jsonify(card=asked["card"], stamps=asked["quantity"]), 201


@app.get("/readyz")
def ready() -> ResponseReturnValue:
    return jsonify(status="ready")
