/// `outbox ls|show`: which jobs there are, and one job's story.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/error.h"
#include "broker/cli/filter.h"
#include "broker/cli/job_number.h"
#include "broker/cli/list.h"
#include "broker/cli/table.h"
#include "broker/cli/text.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

const std::vector<Column> job_columns = {{"ID", "id"},
                                         {"STATE", "state"},
                                         {"REASON", "reason"},
                                         {"DESTINATION", "destination"},
                                         {"PRIORITY", "priority"},
                                         {"TRIES", "attempts"},
                                         {"DUE", "due_at"},
                                         {"EVIDENCE", "evidence"},
                                         {"MODALITY", "instance.modality"},
                                         {"SOP INSTANCE UID", "instance.sop_instance_uid"}};

/// Every member of a JSON object on a line of its own, nested ones by their dotted path; lists are left to the caller.
void show_members(std::ostream& out, const json::object& object, const std::string& prefix) {
    for (const auto& [name, value] : object) {
        const std::string path = prefix + std::string(name);
        if (const auto* nested = value.if_object()) {
            show_members(out, *nested, path + ".");
        } else if (!value.is_array() && !value.is_null()) {
            out << printable(path) << ": " << printable(text_at(object, std::string(name))) << '\n';
        }
    }
}

/// A status as the standard writes it (PS3.7 C): 0xA700, not 42752. HTTP's is a plain number, and its text says so.
std::string status_of(const json::value& attempt) {
    const auto* members = attempt.if_object();
    const auto* status = members ? members->if_contains("status") : nullptr;
    const bool is_of_http = text_at(attempt, "text").starts_with("HTTP ");
    if (status != nullptr && status->is_int64() && status->get_int64() >= 0 && !is_of_http) {
        return fmt::format("0x{:04X}", status->get_int64());
    }
    return text_at(attempt, "status");
}

void show_attempts(std::ostream& out, const json::array& attempts) {
    const std::vector<std::string> paths = {"opened_at", "closed_at", "kind",     "round",
                                            "outcome",   "status",    "evidence", "text"};
    Table table({"OPENED", "CLOSED", "KIND", "ROUND", "OUTCOME", "STATUS", "EVIDENCE", "TEXT"});
    for (const json::value& attempt : attempts) {
        std::vector<std::string> cells;
        for (const std::string& path : paths) {
            cells.push_back(path == "status" ? status_of(attempt) : text_at(attempt, path));
        }
        table.add(std::move(cells));
    }
    out << '\n';
    table.print(out);
}

void show_job(Invocation& invocation, std::int64_t id) {
    const std::string number = std::to_string(id);
    const Call call{.method = "GET", .target = "/api/v1/jobs/" + number, .body = {}};
    const json::value job = ask(invocation.api(), call, "show job " + number);
    std::ostream& out = invocation.console.out;
    if (invocation.options.is_json) {
        out << json::serialize(job) << '\n';
        return;
    }
    const auto* members = job.if_object();
    if (members == nullptr) {
        throw Error(Errc::failed,
                    "show job " + number + ": the broker's answer is not a job; is it of the same version?");
    }
    show_members(out, *members, "");
    const auto* attempts = members->if_contains("attempts");
    if (attempts != nullptr && attempts->is_array() && !attempts->get_array().empty()) {
        show_attempts(out, attempts->get_array());
    }
}

void add_ls(CLI::App& outbox, Invocation& invocation) {
    auto* ls = outbox.add_subcommand("ls", "list jobs, newest first");
    const auto filter = std::make_shared<Filter>();
    const auto paging = std::make_shared<ListOptions>();
    add_job_filter(*ls, *filter);
    add_list_options(*ls, *paging);
    ls->callback([&invocation, filter, paging] {
        invocation.action = [&invocation, filter, paging] {
            const Listing listing{"/api/v1/jobs", terms_of(*filter, invocation.here()), "list jobs", job_columns};
            show_list(invocation, listing, *paging);
            return 0;
        };
    });
}

void add_show(CLI::App& outbox, Invocation& invocation) {
    auto* show = outbox.add_subcommand("show", "one job with its attempts");
    const auto id = std::make_shared<std::string>();
    show->add_option("ID", *id, "the job's number")->required();
    show->callback([&invocation, id] {
        invocation.action = [&invocation, id] {
            show_job(invocation, parse_job_number(*id, "outbox show"));
            return 0;
        };
    });
}

}  // namespace

void add_outbox(CLI::App& app, Invocation& invocation) {
    auto* outbox = app.add_subcommand("outbox", "the jobs: what still has to reach which destination, and what has");
    outbox->require_subcommand(1);
    add_ls(*outbox, invocation);
    add_show(*outbox, invocation);
    add_outbox_verbs(*outbox, invocation);
    add_outbox_move(*outbox, invocation);
}

}  // namespace broker::cli
