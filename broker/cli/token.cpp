/// `token add|ls|remove`: what programs call the API with.
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/job_number.h"
#include "broker/cli/list.h"
#include "broker/cli/text.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

const std::vector<Column> token_columns = {{"NUMBER", "id"},      {"NAME", "name"},   {"ROLE", "role"},
                                           {"USER", "user"},      {"STATE", "state"}, {"EXPIRES", "expires_at"},
                                           {"ADDED", "added_at"}, {"BY", "added_by"}};

struct Typed {
    std::string name, role, expires_in, number;
};

int add(Invocation& invocation, const Typed& typed) {
    json::object body{{"name", typed.name}, {"role", typed.role}};
    if (!typed.expires_in.empty()) body["expires_in"] = typed.expires_in;
    const json::value answer =
        ask(invocation.api(), {.method = "POST", .target = "/api/v1/tokens", .body = json::serialize(body)},
            "token add " + typed.name);
    const Console& console = invocation.console;
    if (invocation.options.is_json) {
        console.out << json::serialize(answer) << '\n';
    } else {
        // Alone on the standard output, so that it can go into a file.
        console.err << "This is the only time that the token is shown; it expires on " << text_at(answer, "expires_at")
                    << ".\n";
        console.out << text_at(answer, "token") << '\n';
    }
    return 0;
}

int remove(Invocation& invocation, const Typed& typed) {
    const std::string number = std::to_string(parse_job_number(typed.number, "token remove"));
    const json::value answer =
        ask(invocation.api(), {.method = "POST", .target = "/api/v1/tokens/" + number + "/remove", .body = "{}"},
            "token remove " + number);
    if (invocation.options.is_json) {
        invocation.console.out << json::serialize(answer) << '\n';
    } else {
        invocation.console.out << "token " << number << " is removed\n";
    }
    return 0;
}

void add_add(CLI::App& token, Invocation& invocation) {
    const auto typed = std::make_shared<Typed>();
    auto* command = token.add_subcommand("add", "make one, and print it once");
    command->add_option("NAME", typed->name, "what it is for: \"monitoring\"")->required();
    command->add_option("--role", typed->role, "monitor (counts only), viewer, operator, auditor or admin")
        ->required()
        ->check(CLI::IsMember({"monitor", "viewer", "operator", "auditor", "admin"}));
    command->add_option("--expires-in", typed->expires_in, "30d, 365d (the default)");
    command->callback(
        [&invocation, typed] { invocation.action = [&invocation, typed] { return add(invocation, *typed); }; });
}

void add_remove(CLI::App& token, Invocation& invocation) {
    const auto typed = std::make_shared<Typed>();
    auto* command = token.add_subcommand("remove", "let it open nothing any more");
    command->add_option("NUMBER", typed->number, "as `token ls` shows it")->required();
    command->callback(
        [&invocation, typed] { invocation.action = [&invocation, typed] { return remove(invocation, *typed); }; });
}

}  // namespace

void add_token(CLI::App& app, Invocation& invocation) {
    auto* token = app.add_subcommand("token", "what programs call the API with");
    token->require_subcommand(1);
    add_add(*token, invocation);
    add_remove(*token, invocation);
    auto* ls = token->add_subcommand("ls", "list them; never what they are");
    ls->callback([&invocation] {
        invocation.action = [&invocation] {
            show_list(invocation, {"/api/v1/tokens", {}, "list tokens", token_columns}, {.is_all = true});
            return 0;
        };
    });
}

}  // namespace broker::cli
