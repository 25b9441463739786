"""Measurements of routing: what 50 rules add to ingest beside one rule without a condition, and what deciding takes."""
import contextlib
import os
import shutil

import bridge
import engines
import programs
import receiving
from rows import Row, cell

RULES = 50
ASSOCIATIONS = 4


def rate_row(rules):
    return receiving.per_second("ingest by %d rule%s, bench_load" % (rules, "s"[:rules != 1]), ASSOCIATIONS)


def decide_row(rules):
    return Row("deciding about one instance by %d rule%s" % (rules, "s"[:rules != 1]), "µs", 2)


def scan_row(rules):
    return Row("reading the tags that %d rule%s want" % (rules, "s"[:rules != 1]), "µs", 2)


def added_rows():
    return decide_row(RULES), scan_row(RULES), decide_row(1), scan_row(1)


def share_of_core(decide, scan, decide_one, scan_one):
    """In percent, at 1,000 instances/s: what the rules take beyond what one without a condition does."""
    return 100 * 1_000 * (decide + scan - decide_one - scan_one) / 1e6


# As a hospital has them: by scanner, by what was examined, by whom and when, and what must not go elsewhere. `%d` makes
# each its own. Most look at several tags, and of most the first does not decide.
KINDS = (
    'Modality = ["CT", "PT"]\nStationName = "CT%02d*"',
    'Modality = "CT"\nStudyDescription = { regex = "(?i)\\\\b(trauma|stroke|polytrauma %d)\\\\b" }',
    'StudyDate = { min = "202601%02d", max = "20261231" }\nModality = ["MR", "US"]',
    'Rows = { min = %d, max = 100 }\nImageType = ["ORIGINAL", "DERIVED"]',
    'any = [ { BodyPartExamined = ["HEAD", "BRAIN"] }, { StudyDescription = "*Kopf %d*" }, { PatientID = "X%d*" } ]',
    'PatientName = { glob = "test%d*", ignore_case = true }',
    'calling_ae_title = "BENCH"\nAccessionNumber = { regex = "^R%d[0-9]{4,}$" }',
    'AccessionNumber = { exists = true }\nnot = { Manufacturer = "Synth*" }\nInstitutionName = "Ward %d"',
    'all = [ { Modality = "CT" }, { not = { any = [ { PatientID = "P%d*" }, { PatientName = "S*" } ] } } ]',
    'address = "10.%d.0.0/16"\nModality = { exists = true }',
)


def rule(number):
    kind = KINDS[number % len(KINDS)]
    return '[[route]]\nname = "rule %d"\nto = ["sink"]\n[route.when]\n%s\n' % (
        number, kind.replace("%d", str(number)).replace("%02d", "%02d" % (number % 28 + 1)))


def routes(rules):
    """So many rules, of which the last takes every instance, as the one rule does."""
    return "".join(rule(number) for number in range(rules - 1)) + bridge.route("all", "sink")


@contextlib.contextmanager
def one_instance(settings):
    folder = settings.scratch()
    try:
        programs.answer_of(programs.program("load", write=folder, count=1, associations=1, bytes=20_000))
        yield next(os.path.join(top, name) for top, _, names in os.walk(folder) for name in names)
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def routing(settings):
    def ingest(rules):
        return receiving.by_load(settings, lambda: receiving.paused(settings, routes=routes(rules)), settings.slow(False),
                                 ASSOCIATIONS)[:1]

    def decide(rules):
        broker = engines.Broker(settings, routes=routes(rules))  # never started: it only writes the configuration
        try:
            with one_instance(settings) as path:
                seen = programs.answer_of(programs.program("rules", config=broker.config, instance=path,
                                                           count=settings.decisions))
        finally:
            broker.leave_folder()
        assert seen["routes"] == rules and seen["matched"] >= 1, seen
        return [seen["decide_us"], seen["scan_us"]]

    yield [cell(lambda rules=rules, run=run: run(rules), *rows(rules))
           for run, rows in ((ingest, lambda n: [rate_row(n)]), (decide, lambda n: [decide_row(n), scan_row(n)]))
           for rules in (1, RULES)]
