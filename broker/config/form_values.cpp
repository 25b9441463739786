/// Form: the settings that are written in several ways: called AE titles, parts of the day, bandwidths, statuses.
#include <charconv>

#include "broker/config/form.h"

namespace broker::config {

namespace {

constexpr unsigned minutes_per_day = 24 * 60;

/// "07:00", up to "24:00" as the end of a day.
std::optional<unsigned> parse_minute(std::string_view text) {
    auto digit = [&](std::size_t at) { return static_cast<unsigned>(text[at] - '0'); };
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    for (std::size_t at : {0U, 1U, 3U, 4U})
        if (digit(at) > 9) return std::nullopt;
    unsigned minute = (digit(0) * 10 + digit(1)) * 60 + digit(3) * 10 + digit(4);
    if (digit(3) > 5 || minute > minutes_per_day) return std::nullopt;
    return minute;
}

std::string print_minute(unsigned minute) {
    auto two = [](unsigned value) {
        return std::string{static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
    };
    return two(minute / 60) + ":" + two(minute % 60);
}

std::optional<DayWindow> parse_day_window(std::string_view text) {
    if (text.size() != 11 || text[5] != '-') return std::nullopt;
    std::optional<unsigned> from = parse_minute(text.substr(0, 5)), until = parse_minute(text.substr(6));
    if (!from || !until || *from == *until || *from == minutes_per_day) return std::nullopt;
    return DayWindow{*from, *until};
}

std::optional<Bandwidth> parse_bandwidth_entry(const toml::node& node) {
    const toml::table* table = node.as_table();
    if (!table) return std::nullopt;
    Bandwidth entry;
    bool has_rate = false;
    for (const auto& [key, value] : *table) {
        if (key.str() == "rate") {
            std::optional<Rate> found = rate().parse(value);
            if (!found) return std::nullopt;
            entry.rate = *found;
            has_rate = true;
        } else if (key.str() == "between") {
            entry.between = day_window().parse(value);
            if (!entry.between) return std::nullopt;
        } else {
            return std::nullopt;
        }
    }
    return has_rate ? std::optional{entry} : std::nullopt;
}

std::optional<std::vector<Bandwidth>> parse_bandwidth(const toml::node& node) {
    if (std::optional<Rate> one = rate().parse(node)) return std::vector{Bandwidth{std::nullopt, *one}};
    const toml::array* array = node.as_array();
    if (!array || array->empty()) return std::nullopt;
    std::vector<Bandwidth> entries;
    for (const toml::node& each : *array) {
        std::optional<Bandwidth> entry = parse_bandwidth_entry(each);
        if (!entry || entry->rate.bytes_per_second == 0) return std::nullopt;
        entries.push_back(*entry);
    }
    return entries;
}

std::string print_bandwidth_entry(const Bandwidth& entry) {
    std::string between = entry.between ? "between = " + day_window().print(*entry.between) + ", " : "";
    return "{ " + between + "rate = " + rate().print(entry.rate) + " }";
}

}  // namespace

Form<CalledAeTitles> called_ae_titles() {
    using Rule = CalledAeTitles::Rule;
    Form<Rule> word = words<Rule>({{"any", Rule::any}, {"own", Rule::own}});
    Form<std::vector<std::string>> list = list_of(ae_title(), 1);
    auto parse = [word, list](const toml::node& node) -> std::optional<CalledAeTitles> {
        if (std::optional<Rule> rule = word.parse(node)) return CalledAeTitles{*rule, {}};
        if (std::optional<std::vector<std::string>> listed = list.parse(node))
            return CalledAeTitles{Rule::listed, *listed};
        return std::nullopt;
    };
    auto print = [word, list](const CalledAeTitles& value) {
        return value.rule == Rule::listed ? list.print(value.listed) : word.print(value.rule);
    };
    return {"\"any\", \"own\" or a list of AE titles", parse, print, word.choices};
}

Form<DayWindow> day_window() {
    auto parse = [](const toml::node& node) -> std::optional<DayWindow> {
        std::optional<std::string_view> text = node.value_exact<std::string_view>();
        return text ? parse_day_window(*text) : std::nullopt;
    };
    auto print = [](const DayWindow& value) {
        return toml_text(print_minute(value.from_minute) + "-" + print_minute(value.until_minute));
    };
    return {"a part of the day such as \"07:00-19:00\"", parse, print};
}

Form<std::vector<Bandwidth>> bandwidth() {
    auto print = [](const std::vector<Bandwidth>& value) {
        if (value.size() == 1 && !value.front().between) return rate().print(value.front().rate);
        return printed_list<Bandwidth>(value, print_bandwidth_entry);
    };
    return {"a rate such as \"2Mbit/s\", or a list such as [{ between = \"07:00-19:00\", rate = \"2Mbit/s\" }]",
            parse_bandwidth, print};
}

Form<Override> override_word() {
    return words<Override>({{"transient", Override::transient}, {"hold", Override::hold}});
}

std::optional<std::uint16_t> parse_status(std::string_view text) {
    if (text.size() != 6 || !text.starts_with("0x")) return std::nullopt;
    std::uint16_t status = 0;
    auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), status, 16);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return status;
}

std::string print_status(std::uint16_t status) {
    std::string text = "\"0x";
    for (unsigned shift : {12U, 8U, 4U, 0U}) text += "0123456789ABCDEF"[status >> shift & 0xFU];
    return text + "\"";
}

}  // namespace broker::config
