/// `history ls|export`: who did what, when and why, as a list or as a file.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <ostream>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/error.h"
#include "broker/cli/filter.h"
#include "broker/cli/list.h"
#include "broker/cli/output_file.h"

namespace broker::cli {
namespace {

const std::vector<Column> history_columns = {{"SEQUENCE", "sequence"},
                                             {"AT", "at"},
                                             {"EVENT", "event"},
                                             {"ACTOR", "actor"},
                                             {"DESTINATION", "destination"},
                                             {"JOB", "job"},
                                             {"SOP INSTANCE UID", "sop_instance_uid"},
                                             {"DETAIL", "detail"}};

struct Export {
    std::string format;          ///< empty: by the file's name, else csv
    std::filesystem::path file;  ///< empty: the output
};

std::string format_of(const Export& typed) {
    return !typed.format.empty() ? typed.format : typed.file.extension() == ".jsonl" ? "jsonl" : "csv";
}

void stream_into(Invocation& invocation, const Call& call, std::ostream& out) {
    const auto require_written = [&out] {
        if (!out) {
            throw Error(Errc::failed, "the export could not be written; is the disk full?");
        }
    };
    const Reply reply = invocation.api().stream(call, [&](std::string_view piece) {
        out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
        require_written();
    });
    require_done(reply, "export history");
    out.flush();
    require_written();
}

void add_ls(CLI::App& history, Invocation& invocation) {
    auto* ls = history.add_subcommand("ls", "list what happened, newest first");
    const auto filter = std::make_shared<Filter>();
    const auto paging = std::make_shared<ListOptions>();
    add_history_filter(*ls, *filter);
    add_list_options(*ls, *paging);
    ls->callback([&invocation, filter, paging] {
        invocation.action = [&invocation, filter, paging] {
            const Listing listing{"/api/v1/history", terms_of(*filter, invocation.here()), "list history",
                                  history_columns};
            show_list(invocation, listing, *paging);
            return 0;
        };
    });
}

void add_export(CLI::App& history, Invocation& invocation) {
    auto* command = history.add_subcommand("export", "all rows that match, oldest first");
    const auto filter = std::make_shared<Filter>();
    const auto typed = std::make_shared<Export>();
    add_history_filter(*command, *filter);
    command
        ->add_option("--format", typed->format,
                     "csv to look at (default), or jsonl, which `history verify --file` needs")
        ->check(CLI::IsMember({"csv", "jsonl"}));
    command->add_option("-o,--output", typed->file, "the file to write; default: the output");
    command->callback([&invocation, filter, typed] {
        invocation.action = [&invocation, filter, typed] {
            const std::string format = format_of(*typed);
            if (typed->format.empty() && format == "csv") {
                invocation.console.err << "exporting csv, to look at; `history verify --file` needs --format jsonl\n";
            }
            const Call call{.method = "GET",
                            .target = target("/api/v1/history." + format, terms_of(*filter, invocation.here())),
                            .body = {},
                            .timeout = long_call_timeout};
            const auto fill = [&](std::ostream& out) { stream_into(invocation, call, out); };
            typed->file.empty() ? fill(invocation.console.out) : write_output(typed->file, fill);
            return 0;
        };
    });
}

}  // namespace

void add_history(CLI::App& app, Invocation& invocation) {
    auto* history = app.add_subcommand("history", "who did what, when and why");
    history->require_subcommand(1);
    add_ls(*history, invocation);
    add_export(*history, invocation);
    add_history_verify(*history, invocation);
}

}  // namespace broker::cli
