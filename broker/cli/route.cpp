/// `route`: what the rules say of a file, before anybody sends it.
#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <memory>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/invocation.h"
#include "broker/cli/route_words.h"
#include "broker/cli/text.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

struct Typed {
    std::string file, calling, called, address;
};

/// Whether the terminal was told to expect UTF-8.
bool shows_utf_8(const Console& console) {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* locale = std::getenv(name);
        if (locale == nullptr || *locale == '\0') continue;
        const std::string text(locale);
        return console.out_is_terminal &&
               (text.find("UTF-8") != std::string::npos || text.find("utf8") != std::string::npos);
    }
    return false;
}

/// How it is meant to come, and what of that nobody said.
void show_arrival(std::ostream& out, const json::value& answer, const Typed& typed) {
    const auto said = [&](const char* member) { return printable(text_at(answer, member)); };
    const std::string sender = said("sender");
    out << "as if it came from calling AE title " << (typed.calling.empty() ? "(none)" : said("calling_ae_title"))
        << " at address " << (typed.address.empty() ? "(none)" : said("address")) << " to called AE title "
        << said("called_ae_title") << "; sender: " << (sender.empty() ? "(none that is configured)" : sender) << '\n';
    std::string assumed;
    for (const auto& [value, option] : {std::pair{&typed.calling, "--calling"}, std::pair{&typed.called, "--called"},
                                        std::pair{&typed.address, "--address"}}) {
        if (value->empty()) assumed += (assumed.empty() ? "" : ", ") + std::string(option);
    }
    if (!assumed.empty()) out << "assumed, since it was not given: " << assumed << '\n';
}

void show(Invocation& invocation, const json::value& answer, const Typed& typed) {
    std::ostream& out = invocation.console.out;
    const auto said = [&](const char* member) { return printable(text_at(answer, member)); };
    out << said("file") << ": " << (said("modality").empty() ? "no modality" : said("modality")) << ", study "
        << (said("study_instance_uid").empty() ? "(none)" : said("study_instance_uid")) << ", instance "
        << (said("sop_instance_uid").empty() ? "(none)" : said("sop_instance_uid")) << '\n';
    show_arrival(out, answer, typed);
    if (text_at(answer, "has_identity") == "false") {
        out << "NOBODY CAN SEND IT: it has no SOP Class or Instance UID; the bridge refuses it (0xC000)\n";
    }
    if (const std::string problem = said("problem"); problem != "none") {
        out << "the header could not be read whole (" << problem << "): what is beyond counts as absent\n";
    }
    out << '\n';
    show_routes(out, answer, shows_utf_8(invocation.console) ? Marks::signs : Marks::words);
    out << '\n';
    show_targets(out, answer);
}

int explain(Invocation& invocation, const Typed& typed) {
    const config::Config& config = invocation.config();
    const std::string called = typed.called.empty() ? config.dicom.ae_title : typed.called;
    const std::string answer =
        invocation.commands.explain_file(config, {typed.file, typed.calling, called, typed.address});
    if (invocation.options.is_json) {
        invocation.console.out << answer << '\n';
    } else {
        show(invocation, json::parse(answer), typed);
    }
    return 0;
}

}  // namespace

void add_route(CLI::App& app, Invocation& invocation) {
    auto* route = app.add_subcommand("route", "which rules match on which tags, and what other rules would do");
    route->require_subcommand(1);
    const auto typed = std::make_shared<Typed>();
    auto* command = route->add_subcommand(
        "explain",
        "of a DICOM file, by the rules of --config: every rule, the tag and value that decided, and where it "
        "would go; needs no broker, and shows what stands in the file");
    command->add_option("FILE", typed->file, "a DICOM file")->required();
    command->add_option("--calling", typed->calling, "the calling AE title that it would come with (default: none)");
    command->add_option("--called", typed->called, "the called AE title (default: our own)");
    command->add_option("--address", typed->address, "the IP address that it would come from (default: none)");
    command->callback(
        [&invocation, typed] { invocation.action = [&invocation, typed] { return explain(invocation, *typed); }; });
    add_route_diff(*route, invocation);
}

}  // namespace broker::cli
