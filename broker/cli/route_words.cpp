/// RouteWords: an explanation of the API in words for a person.
#include "broker/cli/route_words.h"

#include "broker/cli/answer.h"
#include "broker/cli/table.h"
#include "broker/cli/text.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

std::string mark(const std::string& verdict, Marks marks) {
    if (verdict == "matched") return marks == Marks::signs ? "✓  " : "yes  ";
    if (verdict == "not_matched") return marks == Marks::signs ? "✗  " : "no   ";
    return marks == Marks::signs ? "·  " : "-    ";
}

/// `Modality is CT or DX ("MR")`
std::string words(const json::value& finding) {
    std::string values;
    for (const json::value& each : finding.at("values").as_array())
        values += (values.empty() ? "\"" : ", \"") + printable(text_at(each, "")) + "\"";
    return (text_at(finding, "holds") == "true" ? "" : "not so: ") + printable(text_at(finding, "subject")) + " " +
           printable(text_at(finding, "test")) + " (" + (values.empty() ? "absent" : values) + ")";
}

/// Why a route was not looked at, or needs no reason; "" where its findings say it.
std::string circumstance(const json::value& route, const std::string& verdict) {
    const std::string because = printable(text_at(route, "because"));
    if (verdict == "after_last") return "not looked at: \"" + because + "\" matched and is the last";
    if (verdict == "not_needed")
        return "not needed: it takes what no other route does, and \"" + because + "\" matched";
    if (!route.at("findings").as_array().empty()) return "";
    if (verdict != "matched") return "its condition holds for nothing";
    return text_at(route, "otherwise") == "true" ? "takes what no other route does" : "takes every instance";
}

}  // namespace

std::string joined(const json::value& list, std::string_view none) {
    std::string text;
    for (const json::value& each : list.as_array()) text += (text.empty() ? "" : ", ") + printable(text_at(each, ""));
    return text.empty() ? std::string(none) : text;
}

void show_routes(std::ostream& out, const json::value& explanation, Marks marks) {
    const auto& routes = explanation.at("routes").as_array();
    if (routes.empty()) out << "there is no [[route]]\n";
    for (const json::value& route : routes) {
        const std::string verdict = text_at(route, "verdict");
        out << mark(verdict, marks) << printable(text_at(route, "name"));
        if (verdict == "matched") out << ": goes to " << joined(route.at("to"), "nowhere");
        out << '\n';
        const std::string indent(marks == Marks::signs ? 3 : 5, ' ');
        if (const std::string why = circumstance(route, verdict); !why.empty()) out << indent << why << '\n';
        for (const json::value& each : route.at("findings").as_array()) out << indent << words(each) << '\n';
    }
}

void show_targets(std::ostream& out, const json::value& explanation) {
    if (text_at(explanation, "unrouted") == "true") {
        out << "UNROUTED: no route takes it; it would be kept and go nowhere\n";
        return;
    }
    Table table({"DESTINATION", "PRIORITY", "HELD", "EDITS", "NOTE"});
    for (const json::value& each : explanation.at("destinations").as_array()) {
        std::string note = text_at(each, "came_from_there") == "true" ? "no job: it comes from there" : "";
        if (const std::string others = joined(each.at("not_edited_by"), ""); !others.empty())
            note += (note.empty() ? "" : "; ") + std::string("edited as ") + text_at(each, "edited_by") +
                    " says, not as " + others;
        table.add({text_at(each, "destination"), text_at(each, "priority"), text_at(each, "hold"),
                   joined(each.at("edits"), ""), note});
    }
    table.print(out);
}

}  // namespace broker::cli
