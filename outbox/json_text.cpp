#include "outbox/json_text.h"

#include <cassert>

namespace outbox {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_in(char byte, unsigned lowest, unsigned highest) {
    const auto value = static_cast<unsigned char>(byte);
    return value >= lowest && value <= highest;
}

/// The number of bytes of the character that `text` begins with (RFC 3629, section 4); 0 when they are not UTF-8.
std::size_t character_size(std::string_view text) {
    struct Form {
        unsigned first_lowest, first_highest, second_lowest, second_highest;
        std::size_t size;
    };
    static constexpr Form forms[] = {
        {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (const Form& form : forms) {
        if (!is_in(text[0], form.first_lowest, form.first_highest)) continue;
        if (text.size() < form.size) return 0;
        if (form.size > 1 && !is_in(text[1], form.second_lowest, form.second_highest)) return 0;
        for (std::size_t i = 2; i < form.size; ++i) {
            if (!is_in(text[i], 0x80, 0xbf)) return 0;
        }
        return form.size;
    }
    return 0;
}

void append_character(std::string& out, std::string_view character) {
    const char byte = character.front();
    if (byte == '"' || byte == '\\') {
        out += '\\';
        out += byte;
    } else if (is_in(byte, 0, 0x1f) || byte == 0x7f) {
        out += "\\u00";
        out += hex_digits[static_cast<unsigned char>(byte) >> 4];
        out += hex_digits[static_cast<unsigned char>(byte) & 15];
    } else {
        out += character;
    }
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

}  // namespace

std::string to_hex(const Digest& digest) {
    std::string text;
    text.reserve(2 * digest.size());
    for (const std::byte byte : digest) {
        text += hex_digits[std::to_integer<unsigned>(byte) >> 4];
        text += hex_digits[std::to_integer<unsigned>(byte) & 15];
    }
    return text;
}

std::optional<unsigned> hex_value(char digit) {
    const auto value = hex_digits.find(digit);
    if (value == std::string_view::npos) return std::nullopt;
    return static_cast<unsigned>(value);
}

std::optional<Digest> parse_hex(std::string_view text) {
    Digest digest{};
    if (text.size() != 2 * digest.size()) return std::nullopt;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        const auto high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (!high || !low) return std::nullopt;
        digest[i] = static_cast<std::byte>(*high << 4 | *low);
    }
    return digest;
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        if (size == 0) {
            out += "\xef\xbf\xbd";
        } else {
            append_character(out, text.substr(0, size));
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
    out += '"';
}

std::string json_texts(std::initializer_list<std::pair<std::string_view, std::string_view>> texts) {
    std::string json = "{";
    for (const auto& [key, text] : texts) {
        if (text.empty()) continue;
        if (json.size() > 1) json += ',';
        append_json_string(json, key);
        json += ':';
        append_json_string(json, text);
    }
    return json += '}';
}

std::string joined_lists(std::string_view first, std::string_view second) {
    const auto is_list = [](std::string_view text) { return text.starts_with('[') && text.ends_with(']'); };
    assert(is_list(second) && (first.empty() || is_list(first)));
    if (first.empty() || first == "[]") return std::string(second);
    return std::string(first.substr(0, first.size() - 1)) + "," + std::string(second.substr(1));
}

std::string json_names(const std::vector<std::string>& names) {
    std::string json = "[";
    for (const auto& name : names) {
        if (json.size() > 1) json += ',';
        append_json_string(json, name);
    }
    return json += ']';
}

std::string json_object(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
    std::string json = "{";
    for (const auto& [key, text] : members) {
        if (json.size() > 1) json += ',';
        append_json_string(json, key);
        json += ':';
        append_json_string(json, text);
    }
    return json += '}';
}

std::vector<std::string> parse_json_names(std::string_view text) {
    std::vector<std::string> names;
    bool is_in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_in_string) {
            is_in_string = text[i] == '"';
            if (is_in_string) names.emplace_back();
        } else if (text[i] == '"') {
            is_in_string = false;
        } else if (text[i] != '\\' || i + 1 == text.size()) {
            names.back() += text[i];
        } else if (text[++i] != 'u') {
            names.back() += text[i];
        } else {
            // Only control characters are written so: \u00XX.
            const std::string_view digits = text.substr(i + 1, 4);
            const auto high = digits.size() == 4 ? hex_value(digits[2]) : std::nullopt;
            const auto low = digits.size() == 4 ? hex_value(digits[3]) : std::nullopt;
            if (high && low) names.back() += static_cast<char>(*high << 4 | *low);
            i += digits.size();
        }
    }
    return names;
}

bool is_one_object(std::string_view text) {
    if (!text.starts_with('{') || !is_utf8(text)) return false;
    bool is_in_string = false, is_escaped = false;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_over = depth == 0 && i > 0;
        if (is_over || is_in(text[i], 0, 0x1f)) return false;
        if (is_escaped) {
            is_escaped = false;
        } else if (is_in_string && text[i] == '\\') {
            is_escaped = true;
        } else if (text[i] == '"') {
            is_in_string = !is_in_string;
        } else if (!is_in_string && text[i] == '{') {
            ++depth;
        } else if (!is_in_string && text[i] == '}') {
            --depth;
        }
    }
    return depth == 0;
}

}  // namespace outbox
