#include "broker/deliver/satusehat/store_response.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <map>

#include "broker/deliver/satusehat/error_body.h"
#include "broker/deliver/satusehat/json.h"
#include "broker/deliver/satusehat/native_model.h"
#include "broker/deliver/satusehat/text.h"

namespace broker::deliver::satusehat {

namespace json = boost::json;

namespace {

constexpr std::string_view failed_sequence = "00081198", referenced_sequence = "00081199";
constexpr std::string_view sop_instance = "00081155", failure_reason = "00081197";
constexpr std::string_view sop_class = "00081150", retrieve_url = "00081190";

/// A UID without what some put around it.
std::string tidy_uid(std::string_view text) {
    constexpr std::string_view around(" \t\r\n\"'\0", 7);
    const std::size_t begin = text.find_first_not_of(around);
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(around) - begin + 1));
}

/// One value of one element of an item.
void take(FailedInstance& item, std::string_view tag, std::string_view value) {
    if (tag == sop_instance) {
        item.sop_instance_uid = tidy_uid(value);
    } else if (tag == failure_reason) {
        const std::string digits = tidy_uid(value);
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error == std::errc{} && end == digits.data() + digits.size()) item.reason = number;
    } else if (tag != sop_class && tag != retrieve_url && item.text.size() < 4 * error_characters_read_max) {
        item.text += (item.text.empty() ? "" : "; ") + printable(value, error_characters_read_max);
    }
}

void finish(FailedInstance& item) {
    item.text = printable(item.text, error_characters_read_max);
}

StoreResponse of(const NativeModel& model) {
    StoreResponse response;
    std::map<std::size_t, FailedInstance> failed;
    response.has_failed = std::any_of(model.top.begin(), model.top.end(), [](const NativeValue::Step& each) {
        return each.tag == failed_sequence && each.item > 0;
    });
    for (const NativeValue& each : model.values) {
        if (each.path.empty()) continue;
        const NativeValue::Step& top = each.path.front();
        if (top.tag == referenced_sequence && each.tag == sop_instance && each.path.size() == 1)
            response.stored.push_back(tidy_uid(each.value));
        else if (top.tag == failed_sequence && (each.path.size() == 1 || each.tag != sop_instance))
            take(failed[top.item], each.tag, each.value);
    }
    // An item of which nothing could be read is a failure, too, and may be ours.
    if (response.has_failed && failed.empty()) failed[0];
    for (auto& [number, item] : failed) {
        finish(item);
        response.failed.push_back(std::move(item));
    }
    return response;
}

/// The items of a sequence; null where there is none. Some write its list without the element around it.
const json::array* items_of(const json::object& data_set, std::string_view tag) {
    if (const json::array* bare = array_at(data_set, tag)) return bare;
    const json::object* element = object_at(data_set, tag);
    return element == nullptr ? nullptr : array_at(*element, "Value");
}

void take_values(FailedInstance& item, const json::object& object) {
    for (const auto& member : object) {
        const std::string_view tag(member.key().data(), member.key().size());
        const json::object* element = member.value().if_object();
        const json::array* values = element == nullptr ? nullptr : array_at(*element, "Value");
        if (values == nullptr) continue;
        for (const json::value& each : *values) {
            if (each.is_string())
                take(item, tag, whole_text(&each));
            else if (each.is_int64() && each.get_int64() >= 0)
                take(item, tag, std::to_string(each.get_int64()));
        }
    }
    finish(item);
}

StoreResponse of(const json::object& data_set) {
    StoreResponse response;
    if (const json::array* items = items_of(data_set, referenced_sequence))
        for (const json::value& each : *items) {
            if (!each.is_object()) continue;
            FailedInstance item;
            take_values(item, each.get_object());
            response.stored.push_back(item.sop_instance_uid);
        }
    if (const json::value* there = data_set.if_contains(failed_sequence); there != nullptr && !there->is_null()) {
        const json::array* items = items_of(data_set, failed_sequence);
        const json::object* element = there->if_object();
        // {"vr": "SQ"} alone is an empty sequence (PS3.18 F.2.5); anything that isn't known to be empty counts.
        response.has_failed = items == nullptr ? element == nullptr || element->contains("Value") : !items->empty();
        if (items != nullptr)
            for (const json::value& each : *items) {
                FailedInstance item;
                if (each.is_object()) take_values(item, each.get_object());
                response.failed.push_back(std::move(item));
            }
    }
    return response;
}

/// Every member is an element: eight hexadecimal digits (PS3.18 F.2.2). {"message": …} is something else.
bool is_data_set(const json::object& object) {
    return std::all_of(object.begin(), object.end(), [](const auto& member) {
        const auto key = member.key();
        return key.size() == 8 && std::all_of(key.begin(), key.end(), [](char c) {
                   return is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
               });
    });
}

/// `is_text` once: what a JSON text holds may be JSON itself.
std::optional<StoreResponse> parse_json(std::string_view body, bool is_text) {
    const std::optional<json::value> whole = read_json(body);
    if (!whole) return std::nullopt;
    if (whole->is_string() && !is_text) return parse_json(whole_text(&*whole), true);
    const json::value* value = &*whole;
    if (value->is_array() && value->get_array().size() == 1) value = &value->get_array().front();
    if (!value->is_object()) return std::nullopt;
    if (!is_data_set(value->get_object())) return std::nullopt;
    return of(value->get_object());
}

}  // namespace

bool StoreResponse::has_stored(std::string_view sop_instance_uid) const {
    return std::find(stored.begin(), stored.end(), sop_instance_uid) != stored.end();
}

const FailedInstance* StoreResponse::failure_of(std::string_view sop_instance_uid) const {
    const auto found = std::find_if(failed.begin(), failed.end(), [&](const FailedInstance& each) {
        return each.sop_instance_uid == sop_instance_uid || each.sop_instance_uid.empty();
    });
    return found == failed.end() ? nullptr : &*found;
}

std::optional<StoreResponse> parse_store_response(std::string_view body) {
    const std::size_t begin = body.find_first_not_of("\xEF\xBB\xBF \t\r\n");
    if (begin == std::string_view::npos) return std::nullopt;
    if (body[begin] != '<') return parse_json(body, false);
    const std::optional<NativeModel> model = parse_native_model(body);
    return model ? std::optional(of(*model)) : std::nullopt;
}

}  // namespace broker::deliver::satusehat
