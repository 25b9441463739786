#include "broker/deliver/satusehat/error_body.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "broker/deliver/satusehat/json.h"
#include "broker/deliver/satusehat/text.h"

namespace broker::deliver::satusehat {

namespace json = boost::json;

namespace {

constexpr std::size_t complaints_max = 16;
/// So much of a body without form is looked at.
constexpr std::size_t plain_bytes_max = std::size_t{64} << 10;

/// A word that machines made: letters, digits, '.', '-' and '_'; else "".
std::string word(const std::string& text) {
    const bool is_word =
        text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
            return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
        });
    return is_word ? text : std::string{};
}

void append(std::string& text, std::string_view more) {
    if (more.empty()) return;
    if (!text.empty()) text += "; ";
    text += more.substr(0, plain_bytes_max);
}

std::string first_text(const json::object& object, std::string_view key) {
    const json::array* list = array_at(object, key);
    return list == nullptr || list->empty() ? std::string{} : std::string(whole_text(&list->front()).substr(0, 1024));
}

Complaint complaint_of(const json::object& issue) {
    std::string text;
    if (const json::object* details = object_at(issue, "details"))
        append(text, whole_text(details->if_contains("text")));
    append(text, whole_text(issue.if_contains("diagnostics")));
    std::string element = first_text(issue, "expression");
    if (element.empty()) element = first_text(issue, "location");
    return {word(text_at(issue, "code")), "", rule_in(text), printable(element, 128),
            printable(text, error_characters_read_max)};
}

bool is_error(const json::object& issue) {
    const std::string severity = text_at(issue, "severity");
    return severity != "information" && severity != "warning" && severity != "success";
}

ErrorBody outcome(const json::object& object) {
    ErrorBody error{BodyForm::outcome, {}};
    const json::array* issues = array_at(object, "issue");
    if (issues == nullptr) return error;
    for (const json::value& each : *issues)
        if (each.is_object() && is_error(each.get_object()) && error.complaints.size() < complaints_max)
            error.complaints.push_back(complaint_of(each.get_object()));
    return error;
}

ErrorBody fault(const json::object& object) {
    const json::object* detail = object_at(object, "detail");
    const std::string text(whole_text(object.if_contains("faultstring")).substr(0, plain_bytes_max));
    return {BodyForm::fault,
            {{"", detail == nullptr ? "" : word(text_at(*detail, "errorcode")), rule_in(text), "",
              printable(text, error_characters_read_max)}}};
}

/// What other tiers write: {"error": "…"}, {"error": {"message": "…"}}, {"message": "…"}.
std::string other_text(const json::object& object) {
    for (const std::string_view key : {"error", "message", "error_description", "Error", "ErrorCode"}) {
        if (const json::object* inner = object_at(object, key)) return other_text(*inner);
        if (const std::string_view text = whole_text(object.if_contains(key)); !text.empty())
            return std::string(text.substr(0, plain_bytes_max));
    }
    return {};
}

ErrorBody in_words(BodyForm form, std::string_view text) {
    if (text.empty()) return {form, {}};
    return {form, {{"", "", rule_in(text), "", printable(text, error_characters_read_max)}}};
}

}  // namespace

bool is_html(std::string_view content_type, std::string_view body) {
    if (contains_in_any_case(content_type, "html")) return true;
    const std::size_t begin = body.find_first_not_of("\xEF\xBB\xBF \t\r\n");
    if (begin == std::string_view::npos) return false;
    const std::string_view head = body.substr(begin, 15);
    return contains_in_any_case(head, "<!doctype html") || contains_in_any_case(head.substr(0, 5), "<html");
}

std::optional<unsigned> rule_in(std::string_view text) {
    constexpr std::string_view mark = "RuleNumber:";
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + mark.size());
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    unsigned rule = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rule);
    return error == std::errc{} ? std::optional(rule) : std::nullopt;
}

Complaint kept(Complaint complaint) {
    complaint.text = printable(complaint.text, error_characters_max);
    return complaint;
}

ErrorBody read_error(std::string_view content_type, std::string_view body) {
    if (is_html(content_type, body)) return {BodyForm::html, {}};
    if (body.empty()) return {};
    const std::optional<json::value> value = read_json(body);
    if (!value) return in_words(BodyForm::plain, body.substr(0, plain_bytes_max));
    // Google's tier may put it into a list of one.
    const json::value* inner = &*value;
    if (inner->is_array() && inner->get_array().size() == 1) inner = &inner->get_array().front();
    if (!inner->is_object()) return in_words(BodyForm::other_json, whole_text(inner).substr(0, plain_bytes_max));
    const json::object& object = inner->get_object();
    if (type_of(object) == "OperationOutcome") return outcome(object);
    if (const json::object* apigee = object_at(object, "fault")) return fault(*apigee);
    return in_words(BodyForm::other_json, other_text(object));
}

}  // namespace broker::deliver::satusehat
