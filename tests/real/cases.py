"""The run's tally: one line for each case, and ctest's summary line at the end."""
import re


class Cases:
    def __init__(self, wanted):
        self._wanted = re.compile(wanted)
        self.passed, self.failed = 0, []

    def wants(self, name):
        return bool(self._wanted.search(name))

    def case(self, name, promise, *arguments):
        """Runs `promise`; an exception of it is the case's failure."""
        try:
            promise(*arguments)
        except Exception as error:
            self.fail(name, f"{type(error).__name__}: {error}")
            return False
        self.passed += 1
        print(f"ok      {name}", flush=True)
        return True

    def fail(self, name, why):
        self.failed.append(name)
        print(f"FAILED  {name}\n        {why}", flush=True)

    def summary(self):
        count = self.passed + len(self.failed)
        if count == 0:
            print("real peers: no case ran")
            return 1
        for name in self.failed:
            print(f"failed: {name}")
        share = self.passed * 100 // count
        print(f"{share}% tests passed, {len(self.failed)} tests failed out of {count}")
        return 1 if self.failed else 0


def same(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, not {wanted!r}")


def contains(text, part, what):
    if part not in (text or ""):
        raise AssertionError(f"{what}: {part!r} is not in {text!r}")
