/// Body: a request's JSON, read strictly: shallow, UTF-8, no member twice.
#include "web/json/body.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <set>
#include <string>
#include <vector>

#include "web/limits.h"

namespace web::json {
namespace {

using boost::json::error_code;
using boost::json::string_view;

/// Sees the events of a parse and stops at a member that is named twice; Boost.JSON itself keeps the last one.
struct TwiceNamed {
    static constexpr std::size_t max_object_size = -1, max_array_size = -1, max_key_size = -1, max_string_size = -1;

    std::vector<std::set<std::string>> open;  ///< names seen, per object that is open
    std::string name;
    bool is_found = false;

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) {
        open.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, error_code&) {
        open.pop_back();
        return true;
    }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t, error_code&) { return true; }
    bool on_key_part(string_view part, std::size_t, error_code&) {
        name.append(part.data(), part.size());
        return true;
    }
    bool on_key(string_view part, std::size_t, error_code& code) {
        name.append(part.data(), part.size());
        is_found = !open.back().insert(name).second;
        name.clear();
        if (is_found) code = boost::json::error::extra_data;
        return !is_found;
    }
    bool on_string_part(string_view, std::size_t, error_code&) { return true; }
    bool on_string(string_view, std::size_t, error_code&) { return true; }
    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t, string_view, error_code&) { return true; }
    bool on_uint64(std::uint64_t, string_view, error_code&) { return true; }
    bool on_double(double, string_view, error_code&) { return true; }
    bool on_bool(bool, error_code&) { return true; }
    bool on_null(error_code&) { return true; }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }
};

}  // namespace

Parsed<boost::json::object> parse_body(std::string_view text) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return boost::json::object();
    boost::json::parse_options options;
    options.max_depth = json_depth_max;
    boost::json::basic_parser<TwiceNamed> seen(options);
    error_code code;
    seen.write_some(false, text.data(), text.size(), code);
    if (seen.handler().is_found) return Fault{"", "the body names a member twice"};
    boost::json::value parsed = boost::json::parse({text.data(), text.size()}, code, {}, options);
    if (code) return Fault{"", "the body is not JSON: " + code.message()};
    if (!parsed.is_object()) return Fault{"", "the body is not a JSON object"};
    return std::move(parsed.get_object());
}

}  // namespace web::json
