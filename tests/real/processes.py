"""Processes of a run: each starts in a process group of its own, is waited for by what it prints,
and is ended by its id when the run ends, however it ends."""
import collections
import contextlib
import os
import re
import signal
import socket
import subprocess
import threading

PATIENCE = 120  # seconds; a busy machine is slow, a hanging peer is a failure

# What the shell of a caller may have set for another gate or for the way to the internet.
FOREIGN = re.compile(r"^(TOLLHOUSE_|LN_|LNBITS_|NODE_|NPM_CONFIG_|PYTHON|(https?|all|no)_proxy$)",
                     re.IGNORECASE)

# Whoever asks for a proxy is led to a closed port: nothing leaves this machine.
LOOPBACK_ONLY = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
                 "no_proxy": "127.0.0.1,localhost"}


def environment(more=None):
    kept = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
    return {**kept, **LOOPBACK_ONLY, "PYTHONDONTWRITEBYTECODE": "1", **(more or {})}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Process:
    """A program that runs beside the test. Its output is read all the time and kept in part."""

    def __init__(self, name, command, more_environment=None, folder=None):
        self.name = name
        self._lines = collections.deque(maxlen=4000)
        self._said = threading.Condition()
        self._closed = False
        self._child = subprocess.Popen(command, cwd=folder, env=environment(more_environment),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, text=True, errors="replace",
                                       start_new_session=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._child.stdout:
            with self._said:
                self._lines.append(line)
                self._said.notify_all()
        with self._said:
            self._closed = True
            self._said.notify_all()

    def _find(self, pattern):
        return next((found for line in self._lines if (found := re.search(pattern, line))), None)

    def wait_for(self, pattern):
        with self._said:
            self._said.wait_for(lambda: self._closed or self._find(pattern), PATIENCE)
            found = self._find(pattern)
        if found is None:
            raise RuntimeError(f"{self.name} did not say {pattern!r}; it said: {self.tail()}")
        return found

    def hear(self, seconds):
        """Waits for its next line, at most so long."""
        with self._said:
            self._said.wait(seconds)

    def wait(self):
        """The exit code of a program that ends by itself, after its last line was read."""
        code = self._child.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    @contextlib.contextmanager
    def held(self):
        """It does nothing meanwhile, and notices nothing."""
        os.kill(self._child.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._child.pid, signal.SIGCONT)

    def tail(self, lines=12):
        return "".join(list(self._lines)[-lines:]).strip()

    def stop(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            # The whole group: some of these programs start others.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(15)
                break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._reader.join(5)
        return self._child.returncode


def run(command, text="", more_environment=None, folder=None):
    """A program that ends by itself: (exit code, standard output, standard error)."""
    child = subprocess.Popen(command, cwd=folder, env=environment(more_environment), text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             start_new_session=True)
    try:
        said, complained = child.communicate(text, timeout=3 * PATIENCE)
        return child.returncode, said, complained
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def started_on_a_free_port(start):
    """`start(port)` until one holds: another program may take a port between search and use."""
    for last in (False, False, True):
        try:
            return start(free_port())
        except RuntimeError as error:
            if last or "in use" not in str(error) and "EADDRINUSE" not in str(error):
                raise
    return None


def end_on_signals():
    """Ctrl-C and an end from outside leave through the same cleaning as a failure."""
    def leave(number, _):
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)
