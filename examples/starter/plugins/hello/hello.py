#!/usr/bin/env python3
"""A whole plugin: one JSON object in, one JSON object out, then exit. Print anything else to stderr."""
import json
import sys

request = json.load(sys.stdin)
response = {"protocol": 1, "status": "ok"}

if request["command"] in ("poll", "handle"):
    greeting = request["config"].get("greeting", "Hello")
    name = request["payload"].get("name", "world")
    count = request["state"].get("count", 0) + 1
    event = request.get("event")
    text = f"{greeting} {name}, number {count}" + (f", because of {event['type']}" if event else "")

    print(text, file=sys.stderr)
    response["result"] = {"text": text}
    response["state_updates"] = {"count": count}  # comes back in the next request
    response["events"] = [{"type": "hello.said", "payload": {"text": text, "count": count}}]
else:
    response["status"] = "error"
    response["error"] = {"code": "unsupported", "message": f"hello does not know {request['command']}"}

json.dump(response, sys.stdout)
