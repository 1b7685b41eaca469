#!/usr/bin/env python3
"""The Dockerfile, as far as it can be held against the repository without a container engine: its
bases, the packages it installs, the files and commands it names, its settings and its port.

usage: image.py PROGRAM"""
import fnmatch
import os
import re
import shlex
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# What `scripts/package` asks for itself, and the Debian package that has it.
PACKAGE_OF = {"dpkg-deb": "dpkg", "dpkg-shlibdeps": "dpkg-dev", "dpkg-architecture": "dpkg-dev",
              "strip": "binutils", "gzip": "gzip", "tar": "tar", "sha256sum": "coreutils"}


def fail(what):
    sys.exit(f"image: {what}")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def said(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, **more)
    return done.stdout if done.returncode == 0 else None


def instructions():
    """Each instruction with its words, as lines that belong together."""
    text = re.sub(r"^#.*\n", "", read("Dockerfile"), flags=re.MULTILINE).replace("\\\n", " ")
    return [line.split(None, 1) for line in text.splitlines() if line.strip()]


def stages(all_of_them):
    found = []
    for name, rest in all_of_them:
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


def installed_in(stage):
    """What `apt-get install` names there."""
    found = set()
    for name, rest in stage:
        if name != "RUN":
            continue
        for command in re.split(r"&&|;", rest):
            words = shlex.split(command)
            if words[:2] == ["apt-get", "install"]:
                found.update(word for word in words[2:] if not word.startswith("-"))
    return found


def depends_of(packages):
    """All that Debian installs with these, by its own lists."""
    listed = said("apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests",
                  "--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances", *packages)
    if not listed:
        fail(f"Debian has not all of {sorted(packages)} (apt-get update?)")
    return set(re.findall(r"^(?:  (?:Pre)?Depends: )?([a-z0-9][^ <>\n]*)$", listed, re.MULTILINE))


def check_bases(build, final):
    bases = [stage[0][1].split()[0] for stage in (build, final)]
    if bases != ["debian:bookworm", "debian:bookworm-slim"]:
        fail(f"scripts/setup knows Debian 12 only, and the bases are {bases}")
    if '"debian 12"' not in read("scripts/setup"):
        fail("scripts/setup is not for Debian 12 any more")


def check_packages(build, final):
    listed = set()
    for line in read("scripts/packages.txt").splitlines():
        if line and line[0] not in "#[":
            listed.add(line.strip())
    of_build = installed_in(build)
    if not of_build or not of_build <= listed:
        fail(f"the build installs what scripts/packages.txt has not: {sorted(of_build - listed)}")
    # With the sections of --minimal they bring what scripts/package looks for.
    asked = re.search(r"^for program in (.*); do$", read("scripts/package"), re.MULTILINE)
    programs = asked.group(1).split()
    minimal = re.findall(r"^\[(?:build|test)\]\n((?:[^\[].*\n)+)", read("scripts/packages.txt"),
                         re.MULTILINE)
    wanted = {line for section in minimal for line in section.split() if not line.startswith("#")}
    there = depends_of(of_build | wanted)
    for program in programs:
        if program not in PACKAGE_OF:
            fail(f"scripts/package asks for {program}: name its Debian package in image.py")
        # The rest is essential, which every Debian has.
        if PACKAGE_OF[program] in ("dpkg-dev", "binutils") and PACKAGE_OF[program] not in there:
            fail(f"nothing in the build brings {program}")
    of_final = {name for name in installed_in(final) if not name.startswith("/")}
    if of_final != {"ca-certificates"}:
        fail(f"the image installs {sorted(of_final)} beside the package")
    depends_of(of_final)


def check_copies(build, final):
    ignored = [line.strip("/") for line in read(".dockerignore").split()]
    copies = [rest.split() for name, rest in build + final if name == "COPY"]
    if [".", "."] not in copies:
        fail("the build does not copy the source")
    for path in ("scripts/setup", "scripts/package", "scripts/build", "CMakeLists.txt", "src",
                 "packaging", "docs", "CHANGELOG.md", "LICENSE"):
        if not os.path.exists(os.path.join(ROOT, path)):
            fail(f"there is no {path}")
        # Rules are rooted: `build` is not scripts/build.
        if any(fnmatch.fnmatch(path.split("/")[0], rule) or path == rule for rule in ignored):
            fail(f".dockerignore leaves {path} out")
    runs = "\n".join(rest for name, rest in build if name == "RUN")
    out = re.search(r"scripts/package --out (\S+) --version (\S+)", runs)
    if not out or ["--from=build", f"{out[1]}/*.deb", "/opt/tollhouse.deb"] not in copies:
        fail("the image does not take the package from where the build puts it")
    if said("dpkg", "--validate-version", out[2]) is None:
        fail(f"{out[2]} is no version of a Debian package")
    for command in re.findall(r"scripts/\w+ --[a-z-]+", runs):
        script, option = command.split()
        if not os.access(os.path.join(ROOT, script), os.X_OK) or option not in read(script):
            fail(f"there is no `{command}`")


def check_settings(final, program):
    environment = {}
    for name, rest in final:
        if name == "ENV":
            environment.update(word.split("=", 1) for word in shlex.split(rest))
    shown = said(program, "config", "--set", "upstream=http://127.0.0.1:1/mcp",
                 env={"PATH": "/usr/bin:/bin", **environment})
    if shown is None:
        fail("the program does not take the image's environment")
    for name, value in environment.items():
        key = name.removeprefix("TOLLHOUSE_").lower()
        if not re.search(rf"^{key}\b.*{re.escape(value)}", shown, re.MULTILINE):
            fail(f"{name} does not set {key}:\n{shown}")
    of = dict(final)
    port = environment["TOLLHOUSE_LISTEN"].rsplit(":", 1)[1]
    if of["EXPOSE"] != port or f"/127.0.0.1/{port}" not in of["HEALTHCHECK"]:
        fail(f"the port is {port}, and another one is exposed or asked")
    if of["VOLUME"] != environment["TOLLHOUSE_DATA_DIR"] or of["WORKDIR"] != of["VOLUME"]:
        fail("the books do not lie in the volume")
    user = of["USER"].replace(":", " -g ")
    made = " ".join(rest for name, rest in final if name == "RUN")
    if of["USER"].startswith("0") or f"-o {user} {of['VOLUME']}" not in made:
        fail("the books are not the user's own, or the user is root")
    if of["ENTRYPOINT"] != '["tollhouse"]' or of["CMD"] != '["serve"]':
        fail(f"it starts {of['ENTRYPOINT']} {of['CMD']}")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: image.py PROGRAM")
    build, final = stages(instructions())
    check_bases(build, final)
    check_packages(build, final)
    check_copies(build, final)
    check_settings(final, os.path.abspath(sys.argv[1]))
    print("image: the Dockerfile fits the repository: ok")


if __name__ == "__main__":
    main()
