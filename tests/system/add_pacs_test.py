#!/usr/bin/python3
"""README's "Add a PACS", word for word: from a running bridge to the first image at a new PACS, and all that came before.

Prints how long it took from the edited file to the first image.
"""
import glob
import os
import re
import shlex
import shutil
import subprocess
import time

import bridge
import peers

README = os.path.join(bridge.ROOT, "README.md")


def blocks():
    """The lines to add to the configuration, and the commands, as README has them."""
    section = re.search(r"## Add a PACS\n(.*?)\n## ", open(README).read(), re.S).group(1)
    toml = re.search(r"```toml\n(.*?)```", section, re.S).group(1)
    commands = re.search(r"```\n(.*?)```", section.replace("```toml", "~~~").split("~~~", 1)[1].split("```", 1)[1], re.S)
    return toml, [shlex.split(line, comments=True) for line in commands.group(1).splitlines()]


def run(command, folder):
    if command[0] == "build/dicom-bridge":
        command = [bridge.BINARY] + command[1:]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
    return done.stdout


def send(port, files):
    subprocess.run(["storescu", "-aet", "MR1", "-aec", "BRIDGE", "127.0.0.1", str(port), *files], check=True, timeout=120,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main():
    slices = sorted(glob.glob(os.path.join(bridge.skip_without_samples(), "mr-study", "**", "*.dcm"), recursive=True))
    before, after = slices[:20], slices[20:24]
    toml, commands = blocks()
    assert [each[1] for each in commands if each[0] == "build/dicom-bridge"] == [
        "check", "route", "reload", "destination", "destination", "outbox"], commands
    old, new = peers.Storescp(), peers.Storescp()
    rules = bridge.dicom_destination("pacs", old.port) + bridge.route("everything to the PACS", "pacs")
    with bridge.Bridge(rules) as broker:
        send(broker.port, before)
        bridge.until("the old PACS to have them", lambda: len(old.files()) == len(before))
        edited_at = time.monotonic()
        toml = toml.replace('"10.0.0.6"', '"127.0.0.1"').replace("port = 104", "port = %d" % new.port)
        shutil.copy(broker.config, os.path.join(broker.folder, "new.toml"))
        with open(os.path.join(broker.folder, "new.toml"), "a") as out:
            out.write(toml)
        said = [run(each, broker.folder) for each in commands]
        bridge.until("the first image at the new PACS", new.files)
        took = time.monotonic() - edited_at
        bridge.until("all that came before", lambda: len(new.files()) == len(before))
        assert "new-pacs" in said[1] and str(len(before)) in said[1], said[1]
        assert "%d jobs added" % len(before) in said[5], said[5]
        send(broker.port, after)
        bridge.until("what comes now", lambda: len(new.files()) == len(before) + len(after))
        bridge.until("that at the old one, too", lambda: len(old.files()) == len(before) + len(after))
        bridge.until("the same at both", lambda: new.digests() == old.digests())
        code, verified = broker.get("/api/v1/history/verify")
        assert code == 200 and verified["intact"], verified
    print("from the edited file to the first image at the new PACS: %.1f s, %d commands" % (took, len(commands)))
    old.close()
    new.close()


main()
