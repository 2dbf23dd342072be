"""The same content, brought to the same node by what people use otherwise: until the service runs the new files."""

import itertools

from measure import in_turn

from .deploy import QUICK, Upgrades, ten_mebibytes
from .site import site

PLAYBOOK = """- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.copy: {{src: {source}/, dest: {target}/, mode: preserve}}
    - ansible.builtin.systemd: {{name: {unit}, state: restarted}}
"""


class Peer:
    """A service in a folder of its own, which some command fills and restarts."""

    def __init__(self, here, name, command):
        self.here, self.name, self.command = here, name, command
        self.target = here.folder / name
        self.target.mkdir()
        unit = f"[Service]\nExecStart={self.target}/run.sh\n"
        here.node.run("sh", "-c", f"printf '{unit}' >/etc/systemd/system/{name}.service && systemctl daemon-reload")

    def upgrade(self):
        """Milliseconds from the command to running; both restarts wait for that."""
        script = f"a=$(date +%s%N); {self.command} >&2 || exit 1; b=$(date +%s%N); echo $((b - a))"
        return int(self.here.node.run("bash", "-c", script).split()[-1]) / 1e6


def aws_peer(here):
    store = here.store
    peer = Peer(here, "by-aws", f"AWS_ACCESS_KEY_ID={store.access_key} AWS_SECRET_ACCESS_KEY={store.secret_key} "
                f"AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true aws --endpoint-url {store.endpoint} s3 sync "
                f"--only-show-errors s3://{store.bucket}/peer/ {here.folder}/by-aws/ && "
                f"chmod 0700 {here.folder}/by-aws/run.sh && systemctl restart by-aws")

    def work():
        for path, content in ten_mebibytes().items():
            store.client.put_object(Bucket=store.bucket, Key=f"peer/{path}", Body=content)
        return peer.upgrade()
    return work


def ansible_peer(here):
    source = here.folder / "ansible-source"
    playbook = here.folder / "play.yml"
    peer = Peer(here, "by-ansible", f"HOME={here.folder} LC_ALL=C.UTF-8 ansible-playbook -i localhost, {playbook}")
    playbook.write_text(PLAYBOOK.format(source=source, target=peer.target, unit=peer.name))
    numbers = itertools.count()

    def work():
        for path, content in (ten_mebibytes() | {"version.txt": str(next(numbers)).encode()}).items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_bytes(content)
        (source / "run.sh").chmod(0o700)
        return peer.upgrade()
    return work


def measure(report):
    ours = report.add_series("fleetagent, from the poll to running")
    aws = report.add_series("aws s3 sync && systemctl restart")
    ansible = report.add_series("ansible-playbook, copy and restart")
    with site(**QUICK) as here:
        api = Upgrades(here)
        api.upgrade(False)
        in_turn([(ours, lambda: api.upgrade(False)), (aws, aws_peer(here)), (ansible, ansible_peer(here))], 5, 80)
    report.bar("ours to aws", ours.median() / aws.median(), 0.3, "×")
    report.bar("ours to ansible-core", ours.median() / ansible.median(), 0.3, "×")
