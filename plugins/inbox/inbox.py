#!/usr/bin/env python3
"""Reports each version of each file in a folder once, as soon as it has stopped growing.

What was reported stands in the state, as {"seen": {name: "<mtime in ns>:<bytes>"}}. The id of an event is made of the
same facts, so a run that is repeated after a crash cannot report a file twice.
"""
import json
import os
import sys
import time

SETTLED_AFTER_S = 0.2
MAX_FILES_PER_POLL = 200
MAX_STATE_BYTES = 900_000
READ_BYTES = 8 * 1024 * 1024
PREVIEW_CHARACTERS = 500
UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", ".swp", "~")


class Refusal(Exception):
    """An expected failure: a code of the protocol and a sentence."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def poll(request):
    folder = folder_of(request)
    seen = request.get("state", {}).get("seen", {})
    logs = []
    present = versions(folder)
    fresh = [name for name in sorted(present) if seen.get(shown(name)) != version_text(present[name])]

    kept = {shown(name): seen[shown(name)] for name in present if shown(name) in seen}
    events = []
    for name in settled(folder, fresh, present)[:MAX_FILES_PER_POLL]:
        try:
            events.append(file_added(folder, name, present[name]))
        except (OSError, OverflowError, ValueError) as error:
            # Not marked as seen: it is reported once it can be read.
            logs.append({"level": "warn", "message": f"{shown(name)}: {error}"})
            continue
        kept[shown(name)] = version_text(present[name])

    response = {"result": {"files": len(present), "added": len(events)}, "events": events, "logs": logs}
    if kept != seen:
        if len(json.dumps(kept)) > MAX_STATE_BYTES:
            raise Refusal("config_invalid", f"{folder} holds too many files to remember; move those that are done")
        response["state_updates"] = {"seen": kept}
    return response


def health(request):
    return {"result": {"folder": folder_of(request)}}


def folder_of(request):
    folder = request.get("config", {}).get("folder")
    if not isinstance(folder, str) or not folder:
        raise Refusal("config_invalid", "config.folder must be the path of the folder to watch")
    folder = os.path.abspath(folder)
    try:
        if not os.path.isdir(folder):
            os.mkdir(folder)
            print(f"created {folder}", file=sys.stderr)
        os.listdir(folder)
    except OSError as error:
        raise Refusal("config_invalid", f"the folder {folder} cannot be watched: {error.strerror}") from error
    return folder


def versions(folder):
    """(mtime in ns, bytes) of each regular file that is neither hidden nor still being downloaded."""
    found = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.endswith(UNFINISHED):
                continue
            try:
                if entry.is_file(follow_symlinks=False):
                    stat = entry.stat(follow_symlinks=False)
                    found[entry.name] = (stat.st_mtime_ns, stat.st_size)
            except FileNotFoundError:
                pass  # gone between the listing and here
    return found


def settled(folder, names, present):
    """Those of `names` that no longer grow. Only a file written just now costs a short wait and a second look."""
    now_ns = time.time_ns()
    quiet_ns = SETTLED_AFTER_S * 1e9
    young = [name for name in names if now_ns - present[name][0] < quiet_ns]
    if not young:
        return names
    time.sleep(SETTLED_AFTER_S)
    again = versions(folder)
    growing = {name for name in young if again.get(name) != present[name]}
    for name in growing:
        print(f"{shown(name)} is still being written", file=sys.stderr)
    return [name for name in names if name not in growing]


def file_added(folder, name, version):
    from datetime import datetime, timezone
    from hashlib import sha256

    path = os.path.join(folder, name)
    with open(path, "rb") as file:
        head = file.read(READ_BYTES)
    is_text = b"\0" not in head
    lines = head.count(b"\n") + (not head.endswith(b"\n")) if head and is_text else 0
    text = head[: PREVIEW_CHARACTERS * 4].decode("utf-8", "replace") if is_text else ""
    modified = datetime.fromtimestamp(version[0] / 1e9, timezone.utc)
    identity = sha256(os.fsencode(path) + b"\0" + version_text(version).encode()).hexdigest()
    return {
        "type": "inbox.file.added",
        "event_id": f"file-{identity[:32]}",
        "payload": {
            "path": shown(path),
            "name": shown(name),
            "bytes": version[1],
            "lines": lines,
            "text_preview": text[:PREVIEW_CHARACTERS],
            "modified_at": modified.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        },
    }


def version_text(version):
    return f"{version[0]}:{version[1]}"


def shown(name):
    """A name as valid Unicode, whatever bytes the file system holds."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


COMMANDS = {"poll": poll, "health": health}


def answer(text):
    try:
        request = parse(text)
        if request.get("protocol") != 1:
            raise Refusal("unsupported", "this plugin speaks protocol 1")
        command = COMMANDS.get(request.get("command"))
        if command is None:
            raise Refusal("unsupported", f"inbox knows {', '.join(COMMANDS)}, not {request.get('command')}")
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
