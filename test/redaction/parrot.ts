/** A plugin that says what it knows (`canaries.json` and `encodings.json` beside it) wherever a plugin can say anything. */
export const PARROT: Readonly<Record<string, string>> = {
  'plugins/parrot/manifest.yaml': `
name: parrot
version: 1.0.0
protocol: 1
entrypoint: parrot.py
commands:
  poll: {}
  handle: {}
  health: {}
  init: {}
config_keys: { optional: [variable, file, key, token, passcode], secret: [key] }
`,
  'plugins/parrot/parrot.py': `#!/usr/bin/env python3
import json, os, sys, time
here = os.path.dirname(os.path.abspath(__file__))
words = json.load(open(os.path.join(here, "said.json")))
request = json.load(sys.stdin)
payload = request.get("payload") or {}
mode = payload.get("mode") or ("handle" if request["command"] == "handle" else "ok")

def halting(descriptor, text, index):
    data = text.encode()
    cut = 1 + index * 7 % max(len(data) - 1, 1)
    os.write(descriptor, data[:cut])
    time.sleep(0.001)
    os.write(descriptor, data[cut:])

def say(answer):
    os.write(1, json.dumps(answer).encode())

for index, word in enumerate(words):
    halting(2, "see " + word + " here\\n", index)
if mode == "flood":
    for turn in range(6):
        for word in words:
            os.write(2, (word + "y" * 300 + "\\n" + word).encode())
first = words[payload.get("word", 0) % len(words)]
if mode == "garbage":
    for index, word in enumerate(words):
        halting(1, "no json but " + word, index)
elif mode == "cut":
    os.write(1, ("{\\"protocol\\": 1, \\"status\\": \\"ok\\", \\"result\\": " + first).encode())
elif mode == "status":
    say({"protocol": 1, "status": first})
elif mode == "type":
    say({"protocol": 1, "status": "ok", "events": [{"type": first, "payload": {}}]})
elif mode == "key":
    say({"protocol": 1, "status": "ok", first: 1, "logs": [{"level": first, "message": "m"}, 7, first]})
elif mode == "exit":
    sys.exit(3)
elif mode == "crash":
    os.kill(os.getpid(), 6)
elif mode == "error":
    say({"protocol": 1, "status": "error", "error": {"code": first[:90], "message": " ".join(words)}, "retry": False})
elif mode == "handle":
    say({"protocol": 1, "status": "ok", "result": payload})
else:
    words = words[:payload.get("count", len(words))]
    said = {"list": words, "map": {word: word for word in words}}
    say({
        "protocol": 1, "status": "ok", "result": said, "state_updates": {"said": said},
        "logs": [{"level": "warn", "message": word, "fields": {word: [word]}} for word in words],
        "events": [{"type": "parrot.said", "payload": {"word": word, "n": index},
                    "event_id": word[:200], "dedupe_key": word[:500]} for index, word in enumerate(words[:payload.get("events", 0)])],
    })
`,
};
