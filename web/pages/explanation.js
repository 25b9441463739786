// Explanation: which routes took an instance on which tags, and where it goes, as the bridge explains it.
import { make } from "/dom.js";
import { learn, say, sayCode } from "/languages.js";

learn({
  en: {
    goes_to: "It would go to",
    goes_nowhere: "No route takes it: it would be kept, and sent nowhere.",
    target: "{name}, priority {priority}",
    target_held: "held: {why}",
    target_edits: "edits by {route}: {edits}",
    target_from_there: "it came from there, so it is not sent back",
    by_route: "Route by route",
    verdict_matched: "takes it",
    verdict_not_matched: "does not match",
    verdict_after_last: "not asked: a route before it was the last",
    verdict_not_needed: "not needed: another route took it",
    has_values: "{subject} {test}: it is {values}",
    has_none: "{subject} {test}: it is absent",
  },
  id: {
    goes_to: "Akan dikirim ke",
    goes_nowhere: "Tidak ada rute yang mengambilnya: disimpan, dan tidak dikirim ke mana pun.",
    target: "{name}, prioritas {priority}",
    target_held: "ditahan: {why}",
    target_edits: "perubahan oleh {route}: {edits}",
    target_from_there: "berasal dari sana, jadi tidak dikirim balik",
    by_route: "Rute demi rute",
    verdict_matched: "mengambilnya",
    verdict_not_matched: "tidak cocok",
    verdict_after_last: "tidak ditanya: rute sebelumnya adalah yang terakhir",
    verdict_not_needed: "tidak perlu: rute lain sudah mengambilnya",
    has_values: "{subject} {test}: isinya {values}",
    has_none: "{subject} {test}: tidak ada",
  },
});

const levels = { matched: "ok", not_matched: "off" };

function targetRow(each) {
  const more = [each.hold && say("target_held", { why: each.hold }), each.edits.length > 0 && say("target_edits", { route: each.edited_by ?? "", edits: each.edits.join(", ") }), each.came_from_there && say("target_from_there")].filter(Boolean);
  return make("li", {}, make("strong", { textContent: say("target", { name: each.destination, priority: each.priority }) }), ...more.map((text) => make("p", { className: "faint", textContent: text })));
}

function findingRow(each) {
  const text = each.values.length > 0 ? say("has_values", { subject: each.subject, test: each.test, values: each.values.join(" \\ ") }) : say("has_none", { subject: each.subject, test: each.test });
  return make("li", { className: each.holds ? "holds" : "fails", textContent: text });
}

function routeRow(each) {
  return make("li", { className: "route-told" },
    make("p", {}, make("strong", { textContent: `${each.name} ` }), make("span", { className: "state", textContent: sayCode("verdict_", each.verdict, each.verdict), dataset: { level: levels[each.verdict] ?? "off" } })),
    each.because && make("p", { className: "faint", textContent: each.because }),
    make("ul", {}, ...each.findings.map(findingRow)));
}

export function explained(found) {
  const targets = found.unrouted || found.destinations.length === 0 ? [make("p", { textContent: say("goes_nowhere") })] : [make("h3", { textContent: say("goes_to") }), make("ul", { className: "told-list" }, ...found.destinations.map(targetRow))];
  return [...targets, make("h3", { textContent: say("by_route") }), make("ul", { className: "changes" }, ...found.routes.map(routeRow))];
}
