/// `sender ls`: who was at the door, let in or not, and which of them no [[sender]] names yet.
#include <CLI/CLI.hpp>
#include <boost/json/value.hpp>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/list.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

std::string name_of(const json::value& sender) {
    const auto* is_new = sender.as_object().if_contains("is_new");
    return is_new != nullptr && is_new->is_bool() && is_new->get_bool() ? "new: name it?" : text_at(sender, "name");
}

const std::vector<Column> sender_columns = {{"AE TITLE", "calling_ae_title"},
                                            {"ADDRESS", "address"},
                                            {"NAME", "", name_of},
                                            {"LAST SEEN", "last_seen_at"},
                                            {"LAST RECEIVED", "last_received_at"},
                                            {"RECEIPTS", "receipts"},
                                            {"REFUSED", "refused"},
                                            {"LAST REFUSED BY", "refused_reason"}};

}  // namespace

void add_sender(CLI::App& app, Invocation& invocation) {
    auto* sender = app.add_subcommand("sender", "who sends, or tried to");
    sender->require_subcommand(1);
    auto* ls = sender->add_subcommand("ls", "list them, the one that was seen last first");
    ls->callback([&invocation] {
        invocation.action = [&invocation] {
            show_list(invocation, {"/api/v1/senders", {}, "list senders", sender_columns}, {.is_all = true});
            return 0;
        };
    });
}

}  // namespace broker::cli
