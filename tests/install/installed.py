#!/usr/bin/env python3
"""The package installed into a folder by dpkg, and its service started as the unit says: configured
from the sample, called, reloaded, its keys rotated by the runbook's own commands, upgraded over books
of schema 1, refused over books of the future, removed, purged.

This test stands in for the service manager: conditions, environment, credentials and notifications
of the unit are real, its sandbox is not (`tests/install/run machine` has that). Wants root, as dpkg
does, but no chroot, namespace or running systemd.

usage: installed.py OLDER.deb NEWER.deb
"""
import contextlib
import os
import queue
import re
import secrets
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading

from books import make_books
from gates import PATIENCE, Door, Program, buy, expect

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLE = "usr/share/doc/tollhouse/examples/tollhouse.yaml"
RUNBOOK = "usr/share/doc/tollhouse/runbooks/rotation.md"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def mode_of(path):
    return oct(os.stat(path).st_mode & 0o7777)


class Machine:
    """A folder that dpkg takes for the root of a system."""

    def __init__(self, root):
        self.root = root
        self.program = self.path("usr/bin/tollhouse")
        database = self.path("var/lib/dpkg")
        for folder in ("info", "updates", "triggers"):
            os.makedirs(os.path.join(database, folder))
        # What this Debian has counts as installed there, so that Depends is held against it.
        shutil.copy("/var/lib/dpkg/status", database)

    def path(self, name):
        return os.path.join(self.root, name)

    def dpkg(self, *arguments):
        done = subprocess.run(["dpkg", f"--root={self.root}", "--force-script-chrootless",
                               f"--log={self.path('dpkg.log')}", *arguments],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"dpkg {arguments}:\n{done.stdout}{done.stderr[-4000:]}")

    def moved(self, text):
        """What a text says of the system, said of this one."""
        text = text.replace("/var/lib/private/tollhouse", "/var/lib/tollhouse")
        for place in ("/etc/tollhouse", "/var/lib/tollhouse", "/usr/bin/tollhouse"):
            text = text.replace(place, self.root + place)
        return text

    def environment(self, more=None):
        kept = {"PATH": f"{self.path('usr/bin')}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        return {**kept, **(more or {})}

    def run(self, command, more=None):
        """A line of a shell as an administrator types it: exit code and all that it said."""
        done = subprocess.run(["sh", "-euc", self.moved(command)], env=self.environment(more),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=self.root,
                              timeout=PATIENCE, check=False)
        return done.returncode, done.stdout + done.stderr


class Unit:
    """The settings of a unit file, each name with its values."""

    def __init__(self, machine, name):
        self.settings = {}
        text = read(machine.path(f"lib/systemd/system/{name}.service"))
        for line in machine.moved(text).splitlines():
            if "=" in line and not line.startswith("#"):
                key, value = line.split("=", 1)
                self.settings.setdefault(key, []).append(value)

    def all(self, key):
        return self.settings.get(key, [])

    def one(self, key):
        values = self.all(key)
        expect(len(values), 1, f"values of {key}")
        return values[0]

    def wanted(self):
        """Whether its conditions hold."""
        return all(not os.path.exists(path[1:]) if path.startswith("!") else os.path.exists(path)
                   for path in self.all("ConditionPathExists"))


class Notifications:
    """The socket that a service of type notify talks to."""

    def __init__(self, folder):
        self.address = os.path.join(folder, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.address)
        self.said = queue.Queue()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            for line in self.socket.recv(4096).decode().splitlines():
                self.said.put(line)

    def wait_for(self, word):
        """Until it was said; what was said before is forgotten."""
        while True:
            try:
                if self.said.get(timeout=PATIENCE) == word:
                    return
            except queue.Empty:
                raise AssertionError(f"the service did not say {word}") from None


class Service:
    """tollhouse.service, started as its unit file says."""

    def __init__(self, machine, folder):
        self.machine = machine
        self.folder = folder
        self.notifications = Notifications(folder)
        self.running = None

    def start(self):
        """The running program; nothing where the unit's conditions do not hold."""
        unit = Unit(self.machine, "tollhouse")
        expect(unit.one("Requires"), "tollhouse-key.service", "what the service requires")
        key = Unit(self.machine, "tollhouse-key")
        if key.wanted():
            done = subprocess.run(shlex.split(key.one("ExecStart")), check=False, umask=0o077,
                                  env=self.machine.environment())
            expect(done.returncode, 0, "tollhouse-key.service")
        if not unit.wanted():
            return None
        expect(unit.one("Type"), "notify", "type of the service")
        state = self.machine.path("var/lib/tollhouse")
        os.makedirs(state, mode=0o700, exist_ok=True)
        self.running = Program(shlex.split(unit.one("ExecStart")), cwd=state, umask=0o077,
                               env=self.environment(unit))
        return self.running

    def environment(self, unit):
        made = {"NOTIFY_SOCKET": self.notifications.address,
                "WATCHDOG_USEC": str(int(unit.one("WatchdogSec").rstrip("s")) * 1_000_000),
                "CREDENTIALS_DIRECTORY": self.credentials(unit)}
        for line in unit.all("Environment"):
            made.update([line.split("=", 1)])
        for path in unit.all("EnvironmentFile"):
            lines = read(path.lstrip("-")).splitlines()
            made.update(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        return self.machine.environment(made)

    def credentials(self, unit):
        folder = os.path.join(self.folder, "credentials")
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder, mode=0o700)
        given = dict(line.split(":", 1) for line in unit.all("SetCredential"))
        for name, path in (line.split(":", 1) for line in unit.all("LoadCredential")):
            if not os.path.exists(path) and name not in given:
                raise AssertionError(f"systemd would not start the service without {path}")
            text = read(path) if os.path.exists(path) else given[name].replace("\\n", "\n")
            write(os.path.join(folder, name), text, 0o440)
        return folder

    def start_ready(self):
        program = self.start()
        if program is None:
            raise AssertionError("the unit's conditions do not hold")
        ended = threading.Thread(target=lambda: (program.process.wait(),
                                                 self.notifications.said.put("ENDED")), daemon=True)
        ended.start()
        port = int(program.wait_for(r"gate +http://127\.0\.0\.1:(\d+)").group(1))
        self.notifications.wait_for("READY=1")
        return Door(port)

    def reload(self):
        self.running.process.send_signal(signal.SIGHUP)
        self.notifications.wait_for("RELOADING=1")
        self.notifications.wait_for("READY=1")

    def stop(self):
        """Its exit code and all it said."""
        program, self.running = self.running, None
        if program.process.poll() is None:
            program.process.send_signal(signal.SIGTERM)
        with program:
            code = program.process.wait(PATIENCE)
        program.reader.join(PATIENCE)
        return code, "".join(program.lines)


def pass_gives(door, credential, status):
    answer = door.call("status", credential)
    body = answer.read()
    expect(answer.status, status, f"the pass, {body[:300]}")


def ends(machine, command, code, more=None):
    found, said = machine.run(command, more)
    if found != code:
        raise AssertionError(f"{command} ended with {found} and not {code}:\n{said}")
    return said


def check_fresh(machine, service, _):
    """Nothing runs before somebody says so; a wrong configuration ends with 3."""
    expect(mode_of(machine.path("etc/tollhouse/tollhouse.env")), "0o600", "mode of tollhouse.env")
    expect(service.start(), None, "a service without configuration")
    expect(mode_of(machine.path("etc/tollhouse/root.key")), "0o600", "mode of root.key")
    expect(os.path.exists(machine.path("var/lib/tollhouse")), False, "books of an unused gate")
    key = read(machine.path("etc/tollhouse/root.key"))
    write(machine.path("etc/tollhouse/tollhouse.yaml"), "upstream: not-a-url\n")
    service.start().process.wait(PATIENCE)
    code, said = service.stop()
    expect(code, 3, f"exit code of a wrong configuration, {said}")
    expect(read(machine.path("etc/tollhouse/root.key")), key, "the root key after another start")


def configure(machine, upstream):
    sample = read(machine.path(SAMPLE))
    for old, new in {"http://127.0.0.1:3001/mcp": f"http://127.0.0.1:{upstream}/mcp",
                     "  # pass:       { price: 500 sat": "  status: { price: 20 sat"}.items():
        if old not in sample:
            raise AssertionError(f"the sample has no {old!r}")
        sample = sample.replace(old, new)
    write(machine.path("etc/tollhouse/tollhouse.yaml"), sample)
    environment = machine.path("etc/tollhouse/tollhouse.env")
    write(environment, read(environment) + "TOLLHOUSE_LISTEN=127.0.0.1:0\n"
          "TOLLHOUSE_ADMIN=127.0.0.1:0\nTOLLHOUSE_LOG__LEVEL=debug\n", 0o600)


def health(machine, door):
    """Exit code of the HEALTHCHECK of the Dockerfile, asked of this gate."""
    text = read(os.path.join(HERE, "../../Dockerfile"))
    command = re.search(r"^HEALTHCHECK .* CMD \\\n((?:.*\\\n)*.*)$", text, re.MULTILINE).group(1)
    command = command.replace("\\\n", " ").replace("/8402", f"/{door.port}")
    return subprocess.run(["bash", "-c", command], env=machine.environment(), capture_output=True,
                          timeout=PATIENCE, check=False).returncode


def check_sample(machine, service, upstream):
    """The sample passes `check`, serves a paid call, is reloaded, stops in order."""
    configure(machine, upstream)
    commands = re.findall(r"^(LN_GATE_HMAC_FILE=\S+ tollhouse check .*)$",
                          read(machine.path("usr/share/doc/tollhouse/install.md")), re.MULTILINE)
    expect(len(commands), 1, "commands of install.md that check by hand")
    ends(machine, commands[0], 0)
    real = re.sub(r"  driver: simulated.*\n  network: regtest\n((?:  # .*\n)+)",
                  lambda lines: re.sub(r"(?m)^  # ", "  ", lines[1]), read(machine.path(SAMPLE)))
    write(machine.path("real.yaml"), real)
    by_hand = commands[0].split(" -c ")[0] + f" -c {machine.path('real.yaml')}"
    ends(machine, by_hand, 0, {"WALLET_INVOICE_KEY": secrets.token_hex(16)})
    ends(machine, by_hand, 3)
    door = service.start_ready()
    service.notifications.wait_for("WATCHDOG=1")
    sold = buy(door, door.port, "status")
    pass_gives(door, sold, 200)
    service.reload()
    pass_gives(door, sold, 200)
    expect(health(machine, door), 0, "the image's health check")
    expect(service.stop()[0], 0, "exit code of a service that was stopped")
    service.notifications.wait_for("STOPPING=1")
    expect(health(machine, door) != 0, True, "the health check of a gate that is not there fails")


def steps_of(machine, name):
    """The commands of a fenced block of the runbook."""
    found = re.search(rf"^```sh {name}\n(.*?)^```$", read(machine.path(RUNBOOK)),
                      re.MULTILINE | re.DOTALL)
    if not found:
        raise AssertionError(f"the runbook has lost its commands of {name}")
    return found.group(1).splitlines()


def follow(machine, service, name):
    """Does what the runbook says; the gate's door afterwards."""
    door = None
    for line in steps_of(machine, name):
        if not line.startswith("systemctl "):
            ends(machine, line, 0)
            continue
        action, unit = line.split()[1:]
        expect(unit, "tollhouse", "the unit of the runbook")
        if action in ("stop", "restart"):
            expect(service.stop()[0], 0, "exit code of a service that was stopped")
        if action in ("start", "restart"):
            door = service.start_ready()
    return door


def check_rotation(machine, service, _):
    """docs/runbooks/rotation.md, command by command."""
    key = machine.path("etc/tollhouse/root.key")
    door = service.start_ready()
    sold = buy(door, door.port, "status")
    first = read(key)
    door = follow(machine, service, "rotate")
    if read(key) == first:
        raise AssertionError("the root key is the old one")
    expect(mode_of(key), "0o600", "mode of the fresh root.key")
    pass_gives(door, sold, 200)
    newer = buy(door, door.port, "status")
    pass_gives(door, newer, 200)
    door = follow(machine, service, "retire")
    pass_gives(door, sold, 401)
    pass_gives(door, newer, 200)
    expect(os.path.exists(key + ".previous"), False, "the old root key")
    door = follow(machine, service, "receipt")
    pass_gives(door, buy(door, door.port, "status"), 200)
    expect(service.stop()[0], 0, "exit code")
    expect(os.path.exists(machine.path("var/lib/tollhouse/receipt.key.1")), True, "the old receipt key")
    check_books(machine)


def check_books(machine, charges=None):
    said = ends(machine, "LN_GATE_HMAC_FILE=/etc/tollhouse/root.key tollhouse ledger check "
                "-c /etc/tollhouse/tollhouse.yaml", 0,
                {"TOLLHOUSE_DATA_DIR": machine.path("var/lib/tollhouse")})
    found = int(re.search(r"charges +(\d+)", said).group(1))
    if charges is not None:
        expect(found, charges, "charges in the books")


def schema_of(path):
    with contextlib.closing(sqlite3.connect(path)) as books:
        return books.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()[0]


def lay_books(machine, name):
    """Other books in the place of those that are there."""
    books = machine.path("var/lib/tollhouse")
    shutil.rmtree(books)
    os.mkdir(books, mode=0o700)
    shutil.copy(os.path.join(machine.root, name), os.path.join(books, "ledger.db"))
    shutil.copy(os.path.join(machine.root, "receipt.key"), os.path.join(books, "receipt.key"))


def check_upgrade(machine, service, _):
    """A newer package over books of schema 1 keeps them, keys and configuration as well."""
    make_books(os.path.join(HERE, "books-v1.sql"), machine.root)
    lay_books(machine, "older.db")
    kept = {name: read(machine.path(f"etc/tollhouse/{name}"))
            for name in ("root.key", "tollhouse.yaml", "tollhouse.env")}
    machine.dpkg("--install", sys.argv[2])
    for name, text in kept.items():
        expect(read(machine.path(f"etc/tollhouse/{name}")), text, f"{name} after the upgrade")
    door = service.start_ready()
    pass_gives(door, buy(door, door.port, "status"), 200)
    expect(service.stop()[0], 0, "exit code")
    check_books(machine, 3)
    # A program of a later schema brings them forward, after a copy.
    books = machine.path("var/lib/tollhouse/ledger.db")
    expect(os.path.exists(f"{books}.v1"), schema_of(books) > 1, "a copy of the older books")


def check_future(machine, service, _):
    """Books of a schema that this program does not know: exit 6, and they stay as they are."""
    lay_books(machine, "newer.db")
    service.start().process.wait(PATIENCE)
    code, said = service.stop()
    expect(code, 6, f"exit code over books of the future, {said}")
    with open(os.path.join(machine.root, "newer.db"), "rb") as file:
        books = file.read()
    with open(machine.path("var/lib/tollhouse/ledger.db"), "rb") as file:
        expect(file.read() == books, True, "books of the future are untouched")


def check_removal(machine, *_):
    machine.dpkg("--remove", "tollhouse")
    for name in ("etc/tollhouse/root.key", "etc/tollhouse/tollhouse.yaml",
                 "var/lib/tollhouse/ledger.db"):
        expect(os.path.exists(machine.path(name)), True, f"{name} after removal")
    expect(os.path.exists(machine.program), False, "the program after removal")
    machine.dpkg("--purge", "tollhouse")
    for name in ("etc/tollhouse", "var/lib/tollhouse", "usr/share/doc/tollhouse"):
        expect(os.path.exists(machine.path(name)), False, f"{name} after a purge")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: installed.py OLDER.deb NEWER.deb")
    if os.geteuid() != 0:
        sys.exit("installed: dpkg installs as root only; run this as root")
    with contextlib.ExitStack() as end:
        folder = tempfile.mkdtemp(prefix="tollhouse-installed-")
        end.callback(shutil.rmtree, folder)
        machine = Machine(os.path.join(folder, "root"))
        service = Service(machine, folder)
        machine.dpkg("--install", sys.argv[1])
        upstream = end.enter_context(
            Program([machine.program, "demo", "--port", "0"], env=machine.environment()))
        upstream_port = int(upstream.wait_for(r"gate +http://127\.0\.0\.1:(\d+)").group(1))
        upstream.wait_for(r"^ready in")
        end.callback(lambda: service.running and service.stop())
        for check in (check_fresh, check_sample, check_rotation, check_upgrade, check_future,
                      check_removal):
            check(machine, service, upstream_port)
            print(f"installed: {check.__name__}: ok")


if __name__ == "__main__":
    main()
