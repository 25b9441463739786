/// Form: texts, names, addresses, numbers, durations and sizes.
#include "broker/config/form.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <fstream>

#include "broker/route/condition.h"

namespace broker::config {

namespace {

constexpr std::size_t text_bytes_max = 4096;
constexpr std::size_t shown_bytes_max = 60;

std::optional<std::string> string_of(const toml::node& node) {
    std::optional<std::string_view> text = node.value_exact<std::string_view>();
    if (!text || text->size() > text_bytes_max) return std::nullopt;
    return std::string{*text};
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

bool is_printable_line(const std::string& text, std::size_t bytes_max) {
    return !text.empty() && text.size() <= bytes_max && !has_control(text) && text.front() != ' ' && text.back() != ' ';
}

bool is_label(const std::string& text) {
    return is_printable_line(text, 64);
}

bool is_note(const std::string& text) {
    return is_printable_line(text, 200);
}

bool is_ae_title(const std::string& text) {
    bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
    return printable && !text.empty() && text.size() <= 16 && text.find_first_not_of(' ') != std::string::npos;
}

bool is_literal(const std::string& text) {
    return text.find('/') == std::string::npos && route::is_network(text);
}

bool is_host(const std::string& text) {
    if (is_literal(text)) return true;
    bool known = std::all_of(text.begin(), text.end(),
                             [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.' || c == '_'; });
    return known && !text.empty() && text.size() <= 253 && text.front() != '.' && text.front() != '-';
}

/// scheme://host[:port][/path][?query], as http::Url and Target take it: no user's name, no fragment.
bool is_url(const std::string& text) {
    const bool is_http = text.starts_with("http://"), is_https = text.starts_with("https://");
    if (!is_http && !is_https) return false;
    const auto is_fit = [](char c) { return c > ' ' && c < 0x7F && c != '@' && c != '#' && c != '"' && c != '\\'; };
    if (!std::ranges::all_of(text, is_fit)) return false;
    const std::string_view rest = std::string_view(text).substr(text.find("://") + 3);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    const std::size_t bracket = authority.rfind(']'), colon = authority.rfind(':');
    const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    if (authority.substr(0, colon).empty()) return false;
    if (!has_port) return true;
    const std::string_view port = authority.substr(colon + 1);
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    return error == std::errc() && end == port.data() + port.size() && number >= 1 && number <= 65535;
}

/// Debian's zone files; without them local times would silently be those of Greenwich.
bool is_timezone(const std::string& name) {
    if (name.empty() || name.front() == '/' || name.find("..") != std::string::npos) return false;
    std::ifstream file{"/usr/share/zoneinfo/" + name, std::ios::binary};
    char magic[4] = {};
    return file.read(magic, sizeof magic) && std::string_view{magic, sizeof magic} == "TZif";
}

/// A text that passes a check.
Form<std::string> checked(std::string expects, std::function<bool(const std::string&)> check) {
    auto parse = [check](const toml::node& node) {
        std::optional<std::string> value = string_of(node);
        return value && check(*value) ? value : std::nullopt;
    };
    return {std::move(expects), parse, [](const std::string& value) { return toml_text(value); }};
}

/// A text of a unit (units.h), within a range.
template <class T>
Form<T> measured(std::string expects, std::function<std::optional<T>(std::string_view)> parse_text,
                 std::function<std::string(T)> print_text, std::optional<Range<T>> range = std::nullopt) {
    if (range) expects += ", from " + print_text(range->least) + " to " + print_text(range->most);
    auto parse = [parse_text, range](const toml::node& node) -> std::optional<T> {
        std::optional<std::string> text = string_of(node);
        if (!text) return std::nullopt;
        std::optional<T> value = parse_text(*text);
        if constexpr (requires(T a) { a < a; })
            if (value && range && (*value < range->least || range->most < *value)) return std::nullopt;
        return value;
    };
    return {std::move(expects), parse, [print_text](const T& value) { return toml_text(print_text(value)); }};
}

template <class T>
Form<T> whole(Range<std::int64_t> range) {
    auto parse = [range](const toml::node& node) -> std::optional<T> {
        std::optional<std::int64_t> value = node.value_exact<std::int64_t>();
        if (!value || *value < range.least || *value > range.most) return std::nullopt;
        return static_cast<T>(*value);
    };
    return {"a whole number from " + std::to_string(range.least) + " to " + std::to_string(range.most), parse,
            [](const T& value) { return std::to_string(value); }};
}

}  // namespace

std::string toml_text(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto c = static_cast<unsigned char>(text[i]);
        if (c == '"' || c == '\\')
            (out += '\\') += text[i];
        else if (c < 0x20 || c == 0x7F)
            ((out += "\\u00") += digits[c >> 4U]) += digits[c & 0xFU];
        else if (text.substr(i).starts_with("${"))
            out += "$$";
        else
            out += text[i];
    }
    return out + '"';
}

std::string kind_of(const toml::node& node) {
    if (node.is_table()) return "a table";
    if (node.is_array_of_tables()) return "an array of tables";
    if (node.is_array()) return node.as_array()->empty() ? "an empty list" : "this list";
    if (node.is_string()) return "this text";
    if (node.is_integer()) return "a whole number";
    if (node.is_boolean()) return "true or false";
    return node.is_floating_point() ? "a fraction" : "a date or time";
}

std::string described(const toml::node& node) {
    if (std::optional<std::string_view> text = node.value_exact<std::string_view>())
        return toml_text(text->size() > shown_bytes_max ? std::string{text->substr(0, shown_bytes_max)} + "…" : *text);
    if (std::optional<std::int64_t> number = node.value_exact<std::int64_t>()) return std::to_string(*number);
    if (std::optional<bool> truth = node.value_exact<bool>()) return *truth ? "true" : "false";
    return kind_of(node);
}

Form<std::string> text() {
    return checked("a text that is not empty", [](const std::string& value) { return !value.empty(); });
}

Form<std::string> label() {
    return checked("a name of 1 to 64 bytes without control characters", is_label);
}

Form<std::string> note() {
    return checked("words that say why, 1 to 200 bytes without control characters", is_note);
}

Form<std::string> ae_title() {
    return checked("an AE title: 1 to 16 printable characters, no backslash, not all spaces", is_ae_title);
}

Form<std::string> host() {
    return checked("a host name or an address, without a port", is_host);
}

Form<std::string> bind_address() {
    return checked("an address of this machine, such as \"127.0.0.1\" or \"0.0.0.0\"", is_literal);
}

Form<std::string> network() {
    return checked("an address or a network such as \"10.1.0.0/16\"", route::is_network);
}

Form<std::string> url() {
    Form<std::string> form = checked("a URL that begins with https:// or http://", is_url);
    form.is_private = true;
    return form;
}

Form<std::string> timezone() {
    return checked("a time zone of this machine, such as \"Asia/Jakarta\" (package tzdata)", is_timezone);
}

Form<std::filesystem::path> path() {
    auto parse = [](const toml::node& node) -> std::optional<std::filesystem::path> {
        std::optional<std::string> value = string_of(node);
        if (!value || value->empty() || value->find('\0') != std::string::npos) return std::nullopt;
        const toml::source_path_ptr& file = node.source().path;
        std::filesystem::path base = file ? std::filesystem::path{*file}.parent_path() : std::filesystem::path{};
        return (base / *value).lexically_normal();
    };
    return {"a path", parse, [](const std::filesystem::path& value) { return toml_text(value.string()); }};
}

Form<std::filesystem::path> absolute_path() {
    Form<std::filesystem::path> form = path();
    form.expects = "an absolute path such as \"/srv/images\"";
    form.parse = [parse = form.parse](const toml::node& node) -> std::optional<std::filesystem::path> {
        if (!string_of(node).value_or("").starts_with('/')) return std::nullopt;
        return parse(node);
    };
    return form;
}

Form<bool> flag() {
    return {"true or false", [](const toml::node& node) { return node.value_exact<bool>(); },
            [](const bool& value) { return std::string{value ? "true" : "false"}; }};
}

Form<std::uint16_t> port() {
    return whole<std::uint16_t>({1, 65535});
}

Form<unsigned> number(Range<unsigned> range) {
    return whole<unsigned>({range.least, range.most});
}

Form<Duration> duration(Range<Duration> range) {
    return measured<Duration>("a duration such as \"60s\", \"15m\", \"4h\" or \"30d\"", parse_duration, print_duration,
                              range);
}

Form<std::uint64_t> size(Range<std::uint64_t> range) {
    return measured<std::uint64_t>("a size such as \"64MiB\"", parse_size, print_size, range);
}

Form<Rate> rate() {
    return measured<Rate>("a rate such as \"2Mbit/s\" or \"1KiB/s\"", parse_rate, print_rate);
}

Form<PercentOrBytes> percent_or_size() {
    return measured<PercentOrBytes>("a share of the disk such as \"5%\" or a size such as \"10GiB\"",
                                    parse_percent_or_size, print_percent_or_size);
}

}  // namespace broker::config
