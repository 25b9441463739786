/// `user add|passwd|ls|remove`: who may log in to the pages.
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/list.h"
#include "broker/cli/password_prompt.h"
#include "broker/cli/text.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

const std::vector<Column> user_columns = {
    {"NAME", "name"}, {"ROLE", "role"}, {"ADDED", "added_at"}, {"BY", "added_by"}, {"PASSWORD SET", "password_at"}};

struct Typed {
    std::string name, role;
    bool is_from_stdin = false;
};

/// Asks, and says what came of it in one line, or in JSON.
int call(Invocation& invocation, const Call& call, const std::string& what, const std::string& said) {
    const json::value answer = ask(invocation.api(), call, what);
    std::ostream& out = invocation.console.out;
    if (invocation.options.is_json) {
        out << json::serialize(answer) << '\n';
    } else {
        out << printable(said) << '\n';
    }
    return 0;
}

int add(Invocation& invocation, const Typed& typed) {
    json::object body{{"name", typed.name}, {"role", typed.role}};
    body["password"] = ask_password(invocation, typed.is_from_stdin, typed.name);
    return call(invocation, {.method = "POST", .target = "/api/v1/users", .body = json::serialize(body)},
                "user add " + typed.name, typed.name + " may log in now, as " + typed.role);
}

int passwd(Invocation& invocation, const Typed& typed) {
    json::object body;
    body["password"] = ask_password(invocation, typed.is_from_stdin, typed.name);
    return call(invocation,
                {.method = "POST",
                 .target = "/api/v1/users/" + encoded(typed.name) + "/password",
                 .body = json::serialize(body)},
                "user passwd " + typed.name,
                "the password of " + typed.name + " is another one; whoever was logged in with the old one is out");
}

int remove(Invocation& invocation, const Typed& typed) {
    return call(invocation,
                {.method = "POST", .target = "/api/v1/users/" + encoded(typed.name) + "/remove", .body = "{}"},
                "user remove " + typed.name, typed.name + " is removed, and so are their tokens");
}

CLI::App* add_command(CLI::App& user, Invocation& invocation, const char* name, const char* help,
                      int (*run)(Invocation&, const Typed&), const std::shared_ptr<Typed>& typed) {
    auto* command = user.add_subcommand(name, help);
    command->add_option("NAME", typed->name, "the user's name, in small letters")->required();
    command->callback([&invocation, typed, run] {
        invocation.action = [&invocation, typed, run] { return run(invocation, *typed); };
    });
    return command;
}

void add_password_option(CLI::App& command, Typed& typed) {
    command.add_flag("--password-stdin", typed.is_from_stdin, "read the password from the standard input, one line");
}

}  // namespace

void add_user(CLI::App& app, Invocation& invocation) {
    auto* user = app.add_subcommand("user", "who may log in to the pages");
    user->require_subcommand(1);
    const auto typed = std::make_shared<Typed>();
    auto* add_one = add_command(*user, invocation, "add", "let somebody log in", add, typed);
    add_one->add_option("--role", typed->role, "viewer, operator, auditor or admin")
        ->required()
        ->check(CLI::IsMember({"viewer", "operator", "auditor", "admin"}));
    add_password_option(*add_one, *typed);
    add_password_option(*add_command(*user, invocation, "passwd", "set another password", passwd, typed), *typed);
    add_command(*user, invocation, "remove", "let somebody log in no more", remove, typed);
    auto* ls = user->add_subcommand("ls", "list the users");
    ls->callback([&invocation] {
        invocation.action = [&invocation] {
            show_list(invocation, {"/api/v1/users", {}, "list users", user_columns}, {.is_all = true});
            return 0;
        };
    });
}

}  // namespace broker::cli
