/// `spool verify|stat`: whether the bytes are what they were, and how much room they take.
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/error.h"
#include "broker/cli/invocation.h"
#include "broker/cli/table.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

void print_report(std::ostream& out, const SpoolReport& report, bool is_json) {
    if (is_json) {
        json::array findings;
        for (const SpoolFinding& finding : report.findings) {
            findings.push_back(json::value{{"digest", finding.digest}, {"what", finding.what}});
        }
        out << json::serialize(
                   json::value{{"blobs", report.blobs}, {"bytes", report.bytes}, {"findings", std::move(findings)}})
            << '\n';
        return;
    }
    if (!report.findings.empty()) {
        Table table({"FINDING", "DIGEST"});
        for (const SpoolFinding& finding : report.findings) {
            table.add({finding.what, finding.digest});
        }
        table.print(out);
    }
    out << report.blobs << " blobs, " << report.bytes << " bytes, " << report.findings.size() << " findings\n";
}

int verify(Invocation& invocation) {
    if (invocation.options.url) {
        throw Error(Errc::usage, "spool verify reads the folder itself; leave out --url");
    }
    const Console& console = invocation.console;
    SpoolReport report;
    {
        Progress progress(console.err, console.err_is_terminal, "reading blobs");
        report =
            invocation.commands.verify_spool(invocation.data_dir(), [&progress](Step step) { progress.show(step); });
    }
    print_report(console.out, report, invocation.options.is_json);
    return report.findings.empty() ? 0 : 1;
}

void stat(Invocation& invocation) {
    const Call call{.method = "GET", .target = "/api/v1/status", .body = {}};
    const json::value status = ask(invocation.api(), call, "spool stat");
    const auto* members = status.if_object();
    const auto* spool = members ? members->if_contains("spool") : nullptr;
    if (spool == nullptr || !spool->is_object()) {
        throw Error(Errc::failed, "spool stat: the broker's answer has no spool; is it of the same version?");
    }
    if (invocation.options.is_json) {
        invocation.console.out << json::serialize(*spool) << '\n';
        return;
    }
    Table table({"WHAT", "VALUE"});
    for (const auto& [name, value] : spool->get_object()) {
        if (const auto* nested = value.if_object()) {
            for (const auto& [inner, amount] : *nested) {
                table.add({std::string(name) + "." + std::string(inner), text_at(amount, "")});
            }
        } else {
            table.add({std::string(name), text_at(value, "")});
        }
    }
    table.print(invocation.console.out);
}

}  // namespace

void add_spool(CLI::App& app, Invocation& invocation) {
    auto* spool = app.add_subcommand("spool", "the bytes that are kept");
    spool->require_subcommand(1);
    spool->add_subcommand("verify", "read every blob and compare it with its digest")->callback([&invocation] {
        invocation.action = [&invocation] { return verify(invocation); };
    });
    spool->add_subcommand("stat", "how much is kept, and why")->callback([&invocation] {
        invocation.action = [&invocation] {
            stat(invocation);
            return 0;
        };
    });
}

}  // namespace broker::cli
