"""Versions of cells as a controller would write them into a node's part of the bucket; and, on request, as none would."""

import hashlib
import uuid

from processes import wait_until

PROGRAM = "#!/bin/bash\necho started >>logs/starts\nexec sleep 1000000\n"
BIG = 300_000
UNIT = """[Unit]
StartLimitIntervalSec=0
[Service]
WorkingDirectory={{ fleetagent_service_working_dir }}
ExecStart={{ fleetagent_service_working_dir }}/run.sh
Restart=on-failure
[Install]
WantedBy=multi-user.target
"""


def files_of(version):
    return {"run.sh": PROGRAM.encode(), "version.txt": version.encode(),
            "data.bin": hashlib.sha256(version.encode()).digest() * (BIG // 32)}


class Bucket:
    """A node's cells."""

    def __init__(self, store, node="node01"):
        self.store, self.node = store, node

    def publish(self, cell, version, profile="deploy", also=None, change=None, **wrong):
        """Returns the trigger's id. `wrong` replaces fields of data.bin's entry in the manifest, `change` may change all of
        that document, and `also` are more objects: path → contents."""
        below, files = f"cells/{self.node}/{cell}/versions/{version}", files_of(version)
        entries = [{"path": path, "file_type": "binary", "mode": "0700" if path == "run.sh" else "0600", "size": len(content),
                    "etag": hashlib.md5(content).hexdigest(), "sha256": hashlib.sha256(content).hexdigest()}
                   for path, content in files.items()]
        entries[-1] |= wrong
        if profile == "systemd":
            files["app.service"] = UNIT.encode()
        manifest = {"manifest_name": "written", "version": version, "profile": profile, "bucket": "local",
                    "created_at": "2026-01-05T10:00:00+00:00", "files": entries + [{"path": "logs/", "file_type": "folder"}]}
        if change:
            change(manifest)
        for path, content in {**files, **(also or {})}.items():
            self.store.write(f"{below}/{path}", content)
        self.store.write_json(f"{below}/manifest.json", manifest)
        return self.trigger(cell, version, profile)

    def trigger(self, cell, version, profile="deploy"):
        """Of a version whose objects are there."""
        trigger = uuid.uuid4().hex
        self.store.write_json(f"cells/{self.node}/{cell}/metadata.json", {"manifest_name": "written", "profile": profile})
        self.store.write_json(f"cells/{self.node}/{cell}/trigger.json", {"version": version, "id": trigger})
        return trigger

    def status(self, cell):
        return self.store.read_json(f"cells/{self.node}/{cell}/status.json")

    def wait_for(self, cell, trigger, state, seconds=40):
        def told():
            status = self.status(cell)
            return status.get("trigger_id") == trigger and status.get("state") == state and status
        return wait_until(told, seconds, f"{cell} is {state}")

    def deploy(self, cell, version, profile="deploy", **how):
        self.wait_for(cell, self.publish(cell, version, profile, **how), "deployed")
