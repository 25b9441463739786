/// `study ls|show|send`: which studies are here, how far each has come, and sending one by hand.
#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/error.h"
#include "broker/cli/list.h"
#include "broker/cli/long_call.h"
#include "broker/cli/table.h"
#include "broker/cli/text.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

/// " (registered)", " (objected: patient_doubtful)"; "" where it is not registered, or not looked at yet.
std::string stage_of(const json::value& delivery) {
    const std::string stage = text_at(delivery, "stage"), objection = text_at(delivery, "objection");
    if (stage.empty()) return "";
    return " (" + stage + (objection.empty() ? "" : ": " + objection) + ")";
}

/// "pacs-a 3/5, satusehat 0/5 (order_not_found)"
std::string delivered(const json::value& study) {
    std::string text;
    const auto* all = study.as_object().if_contains("destinations");
    if (all == nullptr || !all->is_array()) return text;
    for (const json::value& each : all->get_array()) {
        text += (text.empty() ? "" : ", ") + text_at(each, "name") + " " + text_at(each, "delivered") + "/" +
                text_at(each, "of") + stage_of(each);
    }
    return text;
}

struct Wanted {
    std::string patient, accession, modality, date, words;
    bool is_unrouted = false;
};

/// Images of which no route takes note have no place among the studies' deliveries: they are listed one by one.
const Listing unrouted_listing{"/api/v1/unrouted",
                               {},
                               "list what no route took",
                               {{"RECEIVED", "received_at"},
                                {"SENDER", "calling_ae_title"},
                                {"MODALITY", "modality"},
                                {"ACCESSION", "accession_number"},
                                {"STUDY INSTANCE UID", "study_instance_uid"},
                                {"SOP INSTANCE UID", "sop_instance_uid"}}};

Terms terms_of(const Wanted& wanted) {
    Terms terms;
    for (const auto& [name, value] :
         {std::pair{"patient", &wanted.patient}, std::pair{"accession", &wanted.accession},
          std::pair{"modality", &wanted.modality}, std::pair{"date", &wanted.date}, std::pair{"q", &wanted.words}}) {
        if (!value->empty()) terms.emplace_back(name, *value);
    }
    return terms;
}

void add_ls(CLI::App& study, Invocation& invocation) {
    auto* ls = study.add_subcommand("ls", "list studies, the one that came last first");
    const auto wanted = std::make_shared<Wanted>();
    const auto paging = std::make_shared<ListOptions>();
    ls->add_option("--patient", wanted->patient, "Patient ID");
    ls->add_option("--accession", wanted->accession, "Accession Number");
    ls->add_option("--modality", wanted->modality, "CT, MR, ...");
    ls->add_option("--date", wanted->date, "of the study, or received on that day: 2026-01-15");
    ls->add_option("-q", wanted->words, "words in the name, the numbers, the UID or the description");
    add_list_options(*ls, *paging);
    ls->add_flag("--unrouted", wanted->is_unrouted, "the instances that no route took, the newest first")
        ->excludes("--patient", "--accession", "--modality", "--date", "-q");
    ls->callback([&invocation, wanted, paging] {
        invocation.action = [&invocation, wanted, paging] {
            if (wanted->is_unrouted) {
                show_list(invocation, unrouted_listing, *paging);
                return 0;
            }
            const Listing listing{"/api/v1/studies",
                                  terms_of(*wanted),
                                  "list studies",
                                  {{"RECEIVED", "last_received_at"},
                                   {"DATE", "study_date"},
                                   {"PATIENT ID", "patient_id"},
                                   {"PATIENT", "patient_name"},
                                   {"ACCESSION", "accession_number"},
                                   {"INSTANCES", "instances"},
                                   {"STATE", "state"},
                                   {"STUDY INSTANCE UID", "study_instance_uid"},
                                   {"DELIVERED", "", delivered}}};
            show_list(invocation, listing, *paging);
            return 0;
        };
    });
}

void show_rows(std::ostream& out, const json::value& study, const char* list,
               const std::vector<std::pair<std::string, std::string>>& columns) {
    const auto* all = study.as_object().if_contains(list);
    if (all == nullptr || !all->is_array() || all->get_array().empty()) return;
    std::vector<std::string> head;
    for (const auto& [name, path] : columns) head.push_back(name);
    Table table(head);
    for (const json::value& each : all->get_array()) {
        std::vector<std::string> cells;
        for (const auto& [name, path] : columns) cells.push_back(text_at(each, path));
        table.add(std::move(cells));
    }
    out << '\n';
    table.print(out);
}

/// How far it is where it is registered, if it is somewhere.
void show_steps(std::ostream& out, const json::value& study) {
    json::array steps;
    const auto* all = study.as_object().if_contains("destinations");
    if (all != nullptr && all->is_array())
        for (const json::value& each : all->get_array())
            if (each.is_object() && each.get_object().contains("stage")) steps.push_back(each);
    show_rows(out, json::object{{"steps", std::move(steps)}}, "steps",
              {{"REGISTERED AT", "name"},
               {"STAGE", "stage"},
               {"OBJECTION", "objection"},
               {"ASSIGNED", "assigned_accession_number"},
               {"ACCESSION", "accession_number"},
               {"SERVICE REQUEST", "service_request_id"},
               {"IMAGING STUDY", "imaging_study_id"}});
}

void show(Invocation& invocation, const std::string& uid) {
    const Call call{.method = "GET", .target = "/api/v1/studies/" + encoded(uid), .body = {}};
    const json::value study = ask(invocation.api(), call, "show study " + uid);
    std::ostream& out = invocation.console.out;
    if (invocation.options.is_json || !study.is_object()) {
        out << json::serialize(study) << '\n';
        return;
    }
    for (const auto& [name, value] : study.get_object()) {
        const std::string key(name);
        if (!value.is_null() && !value.is_array()) out << key << ": " << printable(text_at(study, key)) << '\n';
    }
    show_rows(out, study, "destinations",
              {{"DESTINATION", "name"},
               {"DELIVERED", "delivered"},
               {"OF", "of"},
               {"QUEUED", "jobs.queued"},
               {"SENDING", "jobs.sending"},
               {"UNCERTAIN", "jobs.uncertain"},
               {"HELD", "jobs.held"},
               {"CANCELLED", "jobs.cancelled"}});
    show_steps(out, study);
    show_rows(out, study, "series",
              {{"SERIES", "series_number"},
               {"MODALITY", "modality"},
               {"INSTANCES", "instances"},
               {"KEPT", "kept"},
               {"DESCRIPTION", "series_description"},
               {"SERIES INSTANCE UID", "series_instance_uid"}});
}

void add_show(CLI::App& parser, Invocation& invocation) {
    auto* command = parser.add_subcommand("show", "one study: its series, and how far it has come where");
    const auto uid = std::make_shared<std::string>();
    command->add_option("UID", *uid, "Study Instance UID")->required();
    command->callback([&invocation, uid] {
        invocation.action = [&invocation, uid] {
            show(invocation, *uid);
            return 0;
        };
    });
}

struct Sent {
    std::string uid, destination, note;
};

void send(Invocation& invocation, const Sent& typed) {
    json::object body{{"destination", typed.destination}};
    if (!typed.note.empty()) body["note"] = typed.note;
    const json::value done = ask_watching(invocation, "/api/v1/studies/" + encoded(typed.uid) + "/send",
                                          std::move(body), "send study " + typed.uid, "adding jobs");
    std::ostream& out = invocation.console.out;
    if (invocation.options.is_json) {
        out << json::serialize(done) << '\n';
        return;
    }
    out << printable(typed.destination) << ": " << number_at(done, "added") << " jobs added";
    std::int64_t others = 0;
    for (const char* state : {"queued", "sending", "uncertain", "held"})
        others += number_at(done, std::string("there.") + state);
    if (const auto count = number_at(done, "there.delivered"); count > 0)
        out << ", " << count << " were delivered before (resend sends them again)";
    if (others > 0) out << ", " << others << " are on their way already (see outbox ls)";
    if (const auto count = number_at(done, "there.cancelled"); count > 0)
        out << ", " << count << " were cancelled before (resend sends them)";
    out << '\n';
}

void add_send(CLI::App& parser, Invocation& invocation) {
    auto* command =
        parser.add_subcommand("send", "send what is kept of a study to a destination, whatever the routes say");
    const auto typed = std::make_shared<Sent>();
    command->add_option("UID", typed->uid, "Study Instance UID")->required();
    command->add_option("DEST", typed->destination, "the destination's name")->required();
    command->add_option("--note", typed->note, "why, for the history");
    command->callback([&invocation, typed] {
        invocation.action = [&invocation, typed] {
            send(invocation, *typed);
            return 0;
        };
    });
}

}  // namespace

void add_study(CLI::App& app, Invocation& invocation) {
    auto* study = app.add_subcommand("study", "the studies that are here");
    study->require_subcommand(1);
    add_ls(*study, invocation);
    add_show(*study, invocation);
    add_send(*study, invocation);
    add_study_acts(*study, invocation);
    add_study_verify(*study, invocation);
}

}  // namespace broker::cli
