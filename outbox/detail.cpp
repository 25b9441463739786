#include "outbox/detail.h"

#include <sqlite3.h>

#include <string>
#include <string_view>

#include "outbox/error.h"
#include "outbox/json_text.h"

namespace outbox {

static std::string_view text_of(sqlite3_value* value) {
    const auto* words = sqlite3_value_text(value);
    if (words == nullptr) return {};
    return {reinterpret_cast<const char*>(words), static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

static void append_value(std::string& json, sqlite3_value* value, bool is_json) {
    switch (sqlite3_value_type(value)) {
        case SQLITE_NULL:
            json += "null";
            return;
        case SQLITE_INTEGER:
            json += std::to_string(sqlite3_value_int64(value));
            return;
        default:
            break;
    }
    if (is_json) {
        json += text_of(value);
    } else {
        append_json_string(json, text_of(value));
    }
}

static void detail_function(sqlite3_context* context, int count, sqlite3_value** arguments) {
    if (count % 2 != 0) return sqlite3_result_error(context, "detail takes pairs", -1);
    std::string json = "{";
    for (int i = 0; i < count; i += 2) {
        auto key = text_of(arguments[i]);
        const bool is_json = key.ends_with('=');
        if (is_json) key.remove_suffix(1);
        if (i > 0) json += ',';
        append_json_string(json, key);
        json += ':';
        append_value(json, arguments[i + 1], is_json);
    }
    json += '}';
    sqlite3_result_text64(context, json.data(), json.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void register_detail(sqlite3* connection) {
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    const int code = sqlite3_create_function_v2(connection, "detail", -1, flags, nullptr, detail_function, nullptr,
                                                nullptr, nullptr);
    if (code != SQLITE_OK) throw Error(Errc::io, "detail cannot be registered: out of memory?");
}

}  // namespace outbox
