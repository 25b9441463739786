"""The report as Markdown: where and when, the goals, and every row with median, least and most."""
import datetime
import os
import platform
import re
import subprocess

import bridge
import goals
from rows import spread

BEGIN, END = "<!-- results: written by bench.py -->", "<!-- end of results -->"


def output_of(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def first_match(path, pattern):
    found = re.search(pattern, open(path).read())
    return found.group(1).strip() if found else "unknown"


def place(settings):
    """One line per fact about this run."""
    memory_gib = int(first_match("/proc/meminfo", r"MemTotal:\s+(\d+)")) / 1024 / 1024
    system = first_match("/etc/os-release", r'PRETTY_NAME="([^"]+)"')
    lines = {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
             "commit": output_of("git", "-C", bridge.ROOT, "describe", "--always", "--dirty"),
             "program": output_of(bridge.BINARY, "--version"),
             "machine": "%s, %d cores, %.0f GiB, %s, Linux %s" % (
                 first_match("/proc/cpuinfo", r"model name\s*:(.*)"), os.cpu_count(), memory_gib, system, platform.release()),
             "disk": output_of("df", "--output=source,fstype", settings.folder).split("\n")[-1],
             "load before": "%.2f" % os.getloadavg()[0],
             "runs": "%d, instances of %d bytes" % (settings.runs, settings.bytes)}
    if settings.is_quick:
        lines["sizes"] = "tiny: these numbers say nothing about speed"
    return "".join("- %s: %s\n" % each for each in lines.items())


def goal_lines(samples):
    lines = ["| goal | wanted | median | least | most | |", "| --- | --- | --- | --- | --- | --- |"]
    for goal in goals.GOALS:
        found = goal.measured(samples)
        if found:
            numbers = " | ".join("%.2f" % number for number in found)
            lines.append("| %s | %s | %s | %s |" % (goal.text, goal.bound(), numbers,
                                                    "met" if goal.is_met(found[0]) else "**missed**"))
    return lines


def row_lines(samples):
    lines = ["| what | median | least | most | unit | runs |", "| --- | --- | --- | --- | --- | --- |"]
    for row in samples.of_row:
        numbers = samples.of(row)
        shown = ["%.*f" % (row.digits, number) for number in spread(numbers)] if numbers else ["failed", "", ""]
        lines.append("| %s | %s | %s | %d |" % (row.title, " | ".join(shown), row.unit, len(numbers)))
    return lines


def report(facts, samples, is_quick):
    parts = [facts]
    if not is_quick:  # of tiny sizes no goal can be told
        parts.append("\n".join(goal_lines(samples)) + "\n")
    return "\n".join(parts + ["\n".join(row_lines(samples)) + "\n"])


def write(path, text):
    """Into the place that a file keeps for it, or as the whole file."""
    old = open(path).read() if os.path.exists(path) else ""
    if BEGIN in old and END in old:
        text = old[:old.index(BEGIN)] + BEGIN + "\n\n" + text + "\n" + old[old.index(END):]
    with open(path, "w") as out:
        out.write(text)
