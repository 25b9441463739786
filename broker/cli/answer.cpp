/// Answer: asks the broker and reads its JSON, with every refusal turned into one line for a person.
#include "broker/cli/answer.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "broker/cli/error.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

std::string advice(int status) {
    switch (status) {
        case 401:
            return "; give --token-file, or use the broker's socket";
        case 403:
            return "; ask somebody whose role allows it";
        case 404:
            return "; check the name or number with ls";
        case 409:
            return "; look at its present state with ls or show";
        default:
            return status / 100 == 5 ? "; see the broker's log" : "";
    }
}

}  // namespace

std::string refusal(const Reply& reply) {
    boost::system::error_code code;
    const json::value problem = json::parse(reply.body, code);
    std::string why = code ? "" : text_at(problem, "detail");
    if (why.empty() && !code) {
        why = text_at(problem, "title");
    }
    const std::string status = std::to_string(reply.status);
    return (why.empty() ? "the broker answered " + status : why + " (" + status + ")") + advice(reply.status);
}

void require_done(const Reply& reply, std::string_view what) {
    if (reply.status / 100 != 2) {
        // 400: what was typed means nothing there, such as a destination that was never configured.
        throw Error(reply.status == 400 ? Errc::usage : Errc::failed, std::string(what) + ": " + refusal(reply));
    }
}

json::value ask(Api& api, const Call& call, std::string_view what) {
    const Reply reply = api.call(call);
    require_done(reply, what);
    boost::system::error_code code;
    json::value value = json::parse(reply.body, code);
    if (code) {
        throw Error(Errc::failed, std::string(what) + ": the broker's answer is not JSON (" + code.message() +
                                      "); is that really a broker?");
    }
    return value;
}

std::string text_at(const json::value& value, std::string_view path) {
    const json::value* at = &value;
    while (!path.empty()) {
        const auto dot = path.find('.');
        const auto* object = at->if_object();
        at = object ? object->if_contains(path.substr(0, dot)) : nullptr;
        if (at == nullptr) {
            return {};
        }
        path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    }
    if (at->is_null()) {
        return {};
    }
    if (const auto* text = at->if_string()) {
        return std::string(*text);
    }
    if (const auto* list = at->if_array()) {
        return std::to_string(list->size());
    }
    return json::serialize(*at);
}

}  // namespace broker::cli
