/// `check`: whether the configuration is valid, with every problem, and what it means.
#include <CLI/CLI.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <vector>

#include "broker/cli/commands.h"
#include "broker/cli/invocation.h"
#include "broker/cli/text.h"
#include "broker/config/print.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

constexpr int exit_valid = 0;
constexpr int exit_not_valid = 2;

json::array as_json(const std::vector<config::Problem>& problems) {
    json::array list;
    for (const config::Problem& problem : problems) {
        list.push_back(
            json::value{{"file", problem.file}, {"line", problem.line}, {"key", problem.key}, {"text", problem.text}});
    }
    return list;
}

struct Typed {
    bool wants_print = false;
    bool is_offline = false;
};

/// What is valid and yet seldom meant.
std::vector<std::string> remarks(const config::Loaded& loaded) {
    std::vector<std::string> lines;
    if (loaded.is_default) {
        lines.emplace_back(
            "there is no configuration file: these are the embedded defaults, with data in ./dicom-bridge-data");
    }
    if (!loaded.config) {
        return lines;
    }
    const config::Config& config = *loaded.config;
    boost::system::error_code code;
    const auto address = boost::asio::ip::make_address(config.dicom.bind, code);
    if (!code && address.is_loopback()) {
        lines.push_back("ONLY THIS MACHINE CAN SEND IMAGES: [dicom] bind is " + config.dicom.bind +
                        "; set bind = \"0.0.0.0\" for scanners on the network");
    }
    if (config.routes.empty()) {
        lines.emplace_back("there is no [[route]]: what arrives is kept and goes nowhere");
    }
    return lines;
}

/// The configuration, and the files that it names.
struct Checked {
    const config::Loaded& loaded;
    std::vector<config::Problem> problems;
    std::vector<std::string> remarks;

    bool is_valid() const { return loaded.config && problems.empty(); }
};

void add(Checked& checked, const std::function<CheckReport(const config::Config&)>& look) {
    const config::Loaded& loaded = checked.loaded;
    if (!loaded.config || !look) {
        return;
    }
    CheckReport report = look(*loaded.config);
    for (config::Problem& problem : report.problems) {
        problem.file = loaded.files.empty() ? "" : loaded.files.front().string();
        checked.problems.push_back(std::move(problem));
    }
    checked.remarks.insert(checked.remarks.end(), report.remarks.begin(), report.remarks.end());
}

Checked check_all(Invocation& invocation, bool is_offline) {
    const config::Loaded& loaded = invocation.loaded();
    Checked checked{loaded, loaded.problems, remarks(loaded)};
    add(checked, invocation.commands.check_certificates);
    if (!is_offline) {
        add(checked, invocation.commands.check_host_names);
    }
    return checked;
}

void show_as_json(std::ostream& out, const Checked& checked, bool wants_print) {
    const config::Loaded& loaded = checked.loaded;
    json::object answer{
        {"valid", checked.is_valid()}, {"problems", as_json(checked.problems)}, {"notices", as_json(loaded.notices)}};
    json::array lines;
    for (const std::string& line : checked.remarks) {
        lines.emplace_back(line);
    }
    answer["remarks"] = std::move(lines);
    if (wants_print && checked.is_valid()) {
        answer["settings"] = config::print(*loaded.config);
    }
    out << json::serialize(answer) << '\n';
}

void show(const Console& console, const Checked& checked, bool wants_print) {
    const config::Loaded& loaded = checked.loaded;
    for (const config::Problem& problem : checked.problems) {
        console.err << printable(config::print(problem)) << '\n';
    }
    for (const config::Problem& notice : loaded.notices) {
        console.err << printable(config::print(notice)) << '\n';
    }
    for (const std::string& line : checked.remarks) {
        console.err << printable(line) << '\n';
    }
    if (!checked.is_valid()) {
        console.err << "not valid: " << checked.problems.size() << " problems\n";
    } else if (wants_print) {
        console.out << config::print(*loaded.config);
    } else {
        console.out << "valid: " << loaded.config->destinations.size() << " destinations, "
                    << loaded.config->routes.size() << " routes\n";
    }
}

}  // namespace

void add_check(CLI::App& app, Invocation& invocation) {
    auto* check = app.add_subcommand("check", "validate the configuration: exit 0 valid, 2 not");
    const auto typed = std::make_shared<Typed>();
    check->add_flag("--print", typed->wants_print, "print all settings as understood");
    check->add_flag("--offline", typed->is_offline, "ask nothing of the network: don't resolve host names");
    check->callback([&invocation, typed] {
        invocation.action = [&invocation, typed] {
            const Checked checked = check_all(invocation, typed->is_offline);
            invocation.options.is_json ? show_as_json(invocation.console.out, checked, typed->wants_print)
                                       : show(invocation.console, checked, typed->wants_print);
            return checked.is_valid() ? exit_valid : exit_not_valid;
        };
    });
}

}  // namespace broker::cli
