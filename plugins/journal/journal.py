#!/usr/bin/env python3
"""Appends one readable line per job to a text file, never the same one twice.

An attempt can die after the line was written and before anybody learnt of it, so the proof must be in the file: each
line ends in a mark made of the idempotency key, which is the same in every attempt of a job.
"""
import fcntl
import json
import os
import sys
import time
from hashlib import sha256

MAX_FILE_BYTES = 1024 * 1024
LOOK_BACK_BYTES = 256 * 1024
MAX_TEXT_CHARACTERS = 2000


class Refusal(Exception):
    """An expected failure: a code of the protocol and a sentence."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def handle(request):
    path = file_of(request)
    line = line_of(request)
    try:
        written = append_once(path, line)
    except OSError as error:
        raise Refusal("unavailable", f"{path}: {error.strerror}") from error
    print(line if written else f"already there: {line}", file=sys.stderr)
    return {"result": {"file": path, "line": line, "written": written}}


def file_of(request):
    path = request.get("config", {}).get("file")
    if not isinstance(path, str) or not path:
        raise Refusal("config_invalid", "config.file must be the path of the journal")
    return os.path.abspath(path)


def line_of(request):
    payload = request.get("payload")
    if not isinstance(payload, dict) or not isinstance(payload.get("text"), str):
        raise Refusal("invalid_input", "the payload needs a text")
    title = one_line(payload.get("title") or "")
    text = one_line(payload["text"])
    severity = payload.get("severity") or "info"
    at = time.strftime("%Y-%m-%d %H:%M:%S")
    key = str(request.get("idempotency_key") or request.get("job_id"))
    return f"{at}  {severity:<7}  {title + ': ' if title else ''}{text}  {mark(key)}"


def one_line(text):
    flat = " ".join("".join(character if character.isprintable() else " " for character in str(text)).split())
    return flat if len(flat) <= MAX_TEXT_CHARACTERS else flat[: MAX_TEXT_CHARACTERS - 1] + "…"


def mark(key):
    return "#" + sha256(key.encode()).hexdigest()[:12]


def append_once(path, line):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    # The lock is on a file of its own, because the journal itself is replaced when it is full.
    with open(path + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ending = line[line.rindex("  #") :].encode() + b"\n"
        if any(ending in tail(file) for file in (path, path + ".1")):
            return False
        if size(path) > MAX_FILE_BYTES:
            os.replace(path, path + ".1")
        # A power cut can leave half a line: it keeps its own line and gets no mark.
        start = b"" if tail(path)[-1:] in (b"", b"\n") else b"\n"
        with open(path, "ab", buffering=0) as file:
            file.write(start + line.encode() + b"\n")
            os.fsync(file.fileno())
    return True


def tail(path):
    try:
        with open(path, "rb") as file:
            file.seek(max(0, size(path) - LOOK_BACK_BYTES))
            return file.read()
    except FileNotFoundError:
        return b""


def size(path):
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


COMMANDS = {"handle": handle}


def answer(text):
    try:
        request = parse(text)
        if request.get("protocol") != 1:
            raise Refusal("unsupported", "this plugin speaks protocol 1")
        command = COMMANDS.get(request.get("command"))
        if command is None:
            raise Refusal("unsupported", f"journal knows {', '.join(COMMANDS)}, not {request.get('command')}")
        return {"protocol": 1, "status": "ok", **command(request)}
    except Refusal as refusal:
        return {"protocol": 1, "status": "error", "error": {"code": refusal.code, "message": str(refusal)}}


def parse(text):
    try:
        request = json.loads(text)
    except ValueError as error:
        raise Refusal("invalid_input", f"the request is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise Refusal("invalid_input", "the request is not a JSON object")
    return request


if __name__ == "__main__":
    json.dump(answer(sys.stdin.buffer.read()), sys.stdout)
