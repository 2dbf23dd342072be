"""A cell as its bucket holds it, and everything that must be true of it on its host once an agent has settled."""

import hashlib
import json
import os
import pathlib
import uuid

from processes import wait_until

# What a service does that is to survive any agent: it writes to a declared folder, to a file and to a folder of its own.
RUN = """#!/bin/bash
version=$(<version.txt)
mkdir -p notes
for place in logs/kept written.txt notes/diary; do echo "started $version" >>"$place"; done
exec -a "cell-$version" sleep 1000000
"""
STOPS_SLOWLY = RUN.replace("sleep 1000000", "bash -c 'trap \"sleep 7; exit 0\" TERM; while :; do sleep 0.1; done'")
CRASHES = "#!/bin/bash\necho 'cannot open the database' >&2\nexit 3\n"
WRITTEN = ("logs/kept", "written.txt", "notes/diary")
KEEP_RELEASES = 2

OLD, NEW, BAD = "v1.0.0", "v2.0.0", "v3.0.0"
SLOW, PATIENT = "v4.0.0", "v5.0.0"  # takes its time to stop; passes its health check late


def files_of(version):
    """Path → contents. Some are the same in all versions, some differ, and each version has files of its own."""
    big = hashlib.sha256(version.encode()).digest() * 16384
    run = {BAD: CRASHES, SLOW: STOPS_SLOWLY}.get(version, RUN)
    files = {"run.sh": run, "version.txt": version, "lib/same.txt": "in all versions\n",
             "lib/changes.txt": f"of {version}\n", "data.bin": big, f"only/{version}.txt": version}
    return {path: content if isinstance(content, bytes) else content.encode() for path, content in files.items()}


class Cell:
    """`host` knows where cells are on its node and what runs there."""

    def __init__(self, store, host, name, profile):
        self.store, self.host, self.name, self.profile = store, host, name, profile
        self.node = host.node_id
        self.running = None  # the version that should run, as far as this test has told
        self.installed = False
        self.tokens = []
        self.wanted = None  # the trigger's id, or "gone"
        for version in (OLD, NEW, BAD):
            self.write_version(version)

    def _key(self, *parts):
        return "/".join(("cells", self.node, self.name, *parts))

    def files(self, version):
        return files_of(version)

    def uploaded(self, version):
        """What the bucket holds of it, before anything is rendered."""
        return self.files(version)

    def write_version(self, version, **further):
        """`further` fields of the manifest."""
        below = self._key("versions", version)
        files = self.uploaded(version)
        for path, content in files.items():
            self.store.write(f"{below}/{path}", content)
        entries = [{"path": path, "file_type": "binary" if path.endswith(".bin") else "text",
                    "mode": "0700" if path == "run.sh" else "0640", "size": len(content),
                    "sha256": hashlib.sha256(content).hexdigest()} for path, content in files.items()]
        self.store.write_json(f"{below}/manifest.json", {
            "manifest_name": "crash", "version": version, "profile": self.profile, "bucket": "local",
            "created_at": "2026-01-05T10:00:00+00:00", "files": entries + [{"path": "logs/", "file_type": "folder"}], **further})
        self.store.write_json(self._key("metadata.json"), {"manifest_name": "crash", "profile": self.profile})

    # -- what an operator does ------------------------------------------------------------------------------------

    def publish(self, version):
        self.before, self.version, self.wanted = self.running, version, uuid.uuid4().hex
        self.store.write_json(self._key("trigger.json"), {"version": version, "id": self.wanted})

    def delete(self):
        self.before, self.version, self.wanted = self.running, None, "gone"
        self.store.write_json(f"cell_recycle/{self.node}/{self.name}/20260101-120000-000/trigger.json", {})
        for document in ("trigger.json", "status.json"):
            self.store.delete(self._key(document))

    def write_as_service(self, token):
        """What the service wrote must be there ever after."""
        if self.live() is None:
            return
        for place in WRITTEN:
            path = self.live() / place
            path.parent.mkdir(exist_ok=True)
            with open(path, "a") as file:
                file.write(token + "\n")
        self.tokens.append(token)

    # -- on the host ----------------------------------------------------------------------------------------------

    @property
    def services(self):
        return self.host.services(self.profile)

    @property
    def own(self):
        return self.services / ".fleetman" / self.name

    @property
    def live_path(self):
        return self.services / (f"fleetman-{self.name}" if self.profile == "systemd" else self.name)

    def live(self):
        return self.live_path.resolve() if self.live_path.exists() else None

    def version_at(self, folder):
        return json.loads((folder / "manifest.json").read_text())["version"]

    def check_release(self, folder):
        """Every file of one version with its bytes, and no file of another; returns the version."""
        version = self.version_at(folder)
        files = self.files(version)
        for path, content in files.items():
            assert (folder / path).read_bytes() == content, f"{folder / path} is not {version}'s"
        assert (folder / "run.sh").stat().st_mode & 0o777 == 0o700
        strangers = {path for other in (OLD, NEW, BAD) for path in self.files(other)} - set(files)
        assert not [path for path in strangers if (folder / path).exists()], f"{folder} mixes versions"
        return version

    def check_cut_off(self):
        """Right after the kill: whoever reads the live path sees one whole release."""
        if self.wanted == "gone":
            return
        live = self.live()
        if live is None:
            assert not self.installed, f"{self.live_path} is gone"
            return
        assert self.check_release(live) in (self.before, self.version, self.last_live)

    def remember_live(self):
        self.last_live = self.version_at(self.live()) if self.live() else None

    def settled(self):
        """The agent has come to the end of what was asked, says so, and has written it down."""
        state = self.host.state().get(self.name)
        if self.wanted == "gone":
            return state is None and not self.own.exists()
        status = self.store.read_json(self._key("status.json"))
        return (status.get("trigger_id") == self.wanted and status.get("state") != "pending" and
                state is not None and state.get("trigger_id") == self.wanted and not (self.own / "journal.json").exists())

    def check(self):
        if self.wanted == "gone":
            self._check_gone()
        else:
            self._check_present()

    def _check_gone(self):
        assert not os.path.lexists(self.live_path)
        assert self.host.definition(self) is None, "the definition is still there"
        assert self.host.process(self) is None, "the service still runs"
        if self.tokens:
            backups = sorted(self.host.base.glob(f"backup/fleetman-{self.name}-*"), key=lambda path: path.name[-19:])
            self._check_written(backups[-1])
        self.tokens, self.installed, self.running = [], False, None
        self._check_strays()

    def _check_present(self):
        status = self.store.read_json(self._key("status.json"))
        crashed = self.version == BAD
        expected = self.before if crashed else self.version
        state = "deployed" if not crashed else "rolled_back" if self.before else "stopped"
        assert status["state"] == state, status
        assert status["status"] == ("failed" if crashed else "success"), status
        assert status["running_version"] == (expected or "unknown"), status
        assert bool(status["error"]) == crashed, status
        live = self.check_release(self.live())
        assert live == (expected or BAD)
        self._check_process(expected)
        self._check_written(self.live())
        self.running, self.installed = expected, True
        assert self.host.state()[self.name].get("current_version") == expected
        self._check_strays()

    def _check_process(self, version):
        if self.profile == "deploy":
            return
        if version is None:
            assert self.host.process(self) is None, "what crashed is still started"
            return
        name = f"cell-{version}"  # soon after its start: between fork and exec it has its parent's
        wait_until(lambda: self.host.process(self)[0] == name, 10, f"{name} runs, not {self.host.process(self)}")
        assert pathlib.Path(self.host.process(self)[1]).resolve() == self.live(), "it runs in another release"
        record = json.loads(self._record(self.live().name).read_text())
        assert record["verified"] and record["definition"] == self.host.definition(self)

    def _check_written(self, folder):
        for place in WRITTEN:
            lines = (folder / place).read_text().splitlines() if self.tokens else []
            missing = [token for token in self.tokens if lines.count(token) != 1]
            assert not missing, f"{folder / place} lost {missing}"

    def _record(self, release):
        return self.own / "releases" / f"{release}.json"

    def _check_strays(self):
        """Nothing that nobody will ever remove."""
        definitions = self.host.definition_names(self)
        assert not [name for name in definitions if name.startswith(".") or name.endswith(".new")], definitions
        assert {path.name for path in self.services.iterdir()} <= {".fleetman"} | self.host.live_names(self.profile)
        if not self.own.exists():
            return
        inside = [path.name for path in self.own.iterdir()]
        slots = [name for name in inside if name.startswith("u-")]
        assert set(inside) - set(slots) <= {"releases", "shared"}, inside
        assert all((self.own / slot).exists() for slot in slots), "a slot leads nowhere"
        names = {path.name for path in (self.own / "releases").iterdir()}
        records = {name.removesuffix(".json") for name in names if name.endswith(".json")}
        folders = {name for name in names if not name.endswith(".json")}
        assert records == folders, f"releases without a record, or records without a release: {records ^ folders}"
        assert len(folders) <= KEEP_RELEASES + 1, folders
        assert len(slots) <= len(folders), slots
        for store in (self.own / "shared").iterdir() if (self.own / "shared").exists() else ():
            assert any(store == link.resolve() for folder in folders for link in self._links(folder)), f"{store} is nobody's"

    def _links(self, folder):
        return [path for path in (self.own / "releases" / folder).iterdir() if path.is_symlink()]


UNIT = """[Unit]
Description=%s
StartLimitIntervalSec=0
[Service]
WorkingDirectory={{ fleetagent_service_working_dir }}
ExecStart={{ fleetagent_service_working_dir }}/run.sh
Restart=on-failure
RestartSec=1
[Install]
WantedBy=multi-user.target
"""


class UnitCell(Cell):
    """Its unit is one of its files, and another in each version."""

    def files(self, version):
        rendered = (UNIT % version).replace("{{ fleetagent_service_working_dir }}", str(self.live_path))
        return {**super().files(version), "app.service": rendered.encode()}

    def uploaded(self, version):
        return {**self.files(version), "app.service": (UNIT % version).encode()}
