#include "broker/dicom/character_set.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <map>
#include <optional>

namespace broker::dicom {
namespace {

/// How the bytes of one code element become characters.
struct Code {
    const char* iconv_name = nullptr;  ///< null: by hand, as `kind` says
    enum class Kind {
        ascii,
        latin_1,
        katakana,
        single,
        two_bytes,
        two_bytes_low,
        two_bytes_low_supplement
    } kind = Kind::ascii;
};

using Kind = Code::Kind;

constexpr Code ascii{nullptr, Kind::ascii};
constexpr Code latin_1{nullptr, Kind::latin_1};
constexpr Code katakana{nullptr, Kind::katakana};
constexpr Code jis_x_0208{"EUC-JP", Kind::two_bytes_low};
constexpr Code jis_x_0212{"EUC-JP", Kind::two_bytes_low_supplement};

struct Escape {
    std::string_view sequence;  ///< behind ESC
    bool is_g1;
    Code code;
};

// PS3.3 tables C.12-3 and C.12-4.
constexpr std::array escapes{
    Escape{"(B", false, ascii},
    Escape{"(J", false, ascii},  // JIS X 0201 romaji: differs in two signs, of which one is the backslash
    Escape{"$B", false, jis_x_0208},
    Escape{"$@", false, jis_x_0208},
    Escape{"$(D", false, jis_x_0212},
    Escape{")I", true, katakana},
    Escape{"$)C", true, {"EUC-KR", Kind::two_bytes}},
    Escape{"$)A", true, {"EUC-CN", Kind::two_bytes}},
    Escape{"-A", true, latin_1},
    Escape{"-B", true, {"ISO-8859-2", Kind::single}},
    Escape{"-C", true, {"ISO-8859-3", Kind::single}},
    Escape{"-D", true, {"ISO-8859-4", Kind::single}},
    Escape{"-L", true, {"ISO-8859-5", Kind::single}},
    Escape{"-G", true, {"ISO-8859-6", Kind::single}},
    Escape{"-F", true, {"ISO-8859-7", Kind::single}},
    Escape{"-H", true, {"ISO-8859-8", Kind::single}},
    Escape{"-M", true, {"ISO-8859-9", Kind::single}},
    Escape{"-b", true, {"ISO-8859-15", Kind::single}},
    Escape{"-T", true, {"TIS-620", Kind::single}},
};

/// The number of an ISO registration, and the escape that names the same G1 set.
struct Registration {
    std::string_view number;
    std::string_view escape;
};

constexpr std::array registrations{Registration{"100", "-A"},  Registration{"101", "-B"}, Registration{"109", "-C"},
                                   Registration{"110", "-D"},  Registration{"144", "-L"}, Registration{"127", "-G"},
                                   Registration{"126", "-F"},  Registration{"138", "-H"}, Registration{"148", "-M"},
                                   Registration{"203", "-b"},  Registration{"166", "-T"}, Registration{"13", ")I"},
                                   Registration{"149", "$)C"}, Registration{"58", "$)A"}};

const Escape* find_escape(std::string_view behind_esc) {
    for (const Escape& each : escapes)
        if (behind_esc.starts_with(each.sequence)) return &each;
    return nullptr;
}

void append_code_point(std::string& out, std::uint32_t point) {
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0 | point >> 6);
        out += static_cast<char>(0x80 | (point & 0x3F));
    } else {
        out += static_cast<char>(0xE0 | point >> 12);
        out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (point & 0x3F));
    }
}

/// The length of the valid UTF-8 character that `bytes` begins with, or 0.
std::size_t utf8_length(std::string_view bytes) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || bytes.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
    if (lead == 0xED && byte(1) > 0x9F) return 0;  // surrogates
    if (lead == 0xF0 && byte(1) < 0x90) return 0;  // overlong
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;  // beyond U+10FFFF
    return length;
}

bool is_valid_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t length = utf8_length(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

/// "ISO-IR_100" and "iso 2022 ir 100 " become "ISO IR 100" and "ISO 2022 IR 100".
std::string tidied(std::string_view term) {
    std::string result;
    for (const char c : term)
        result += c == '-' || c == '_' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    while (!result.empty() && result.back() == ' ') result.pop_back();
    return result;
}

std::string_view registration_number(std::string_view tidy) {
    const auto at = tidy.rfind("IR ");
    return at == std::string_view::npos ? std::string_view{} : tidy.substr(at + 3);
}

}  // namespace

std::string valid_utf8(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const std::size_t length = utf8_length(bytes);
        if (length == 0)
            out += replacement_character;
        else
            out += bytes.substr(0, length);
        bytes.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

struct CharacterSet::Parts {
    enum class Mode { iso_2022, utf_8, by_iconv, guess } mode = Mode::iso_2022;
    const char* whole = nullptr;  ///< by_iconv: the one encoding of everything
    Code first_g1 = latin_1;
    Code g0 = ascii, g1 = latin_1;
    std::map<std::string, iconv_t, std::less<>> converters;

    ~Parts() {
        for (auto& [name, converter] : converters)
            if (converter != iconv_t(-1)) iconv_close(converter);
    }
    iconv_t converter(const char* name) {
        auto found = converters.find(name);
        if (found == converters.end()) found = converters.emplace(name, iconv_open("UTF-8", name)).first;
        return found->second;
    }
    void choose(std::span<const std::string> terms);
    void convert(std::string& out, const char* name, std::string bytes);
    void reset() { g0 = ascii, g1 = first_g1; }
    std::size_t decode_low(std::string& out, std::string_view bytes);
    std::size_t decode_high(std::string& out, std::string_view bytes);
    std::string decode_2022(std::string_view bytes, bool is_person_name);
};

void CharacterSet::Parts::choose(std::span<const std::string> terms) {
    const std::string first = terms.empty() ? std::string{} : tidied(terms.front());
    if (first == "ISO IR 192" || first == "UTF 8" || first == "UTF8") {
        mode = Mode::utf_8;
    } else if (first == "GB18030" || first == "GBK" || first == "GB2312") {
        mode = Mode::by_iconv;
        whole = "GB18030";  // contains the others
    } else if (terms.size() > 1 || first.starts_with("ISO 2022")) {
        mode = Mode::iso_2022;
    } else if (first.empty() || registration_number(first).empty() || registration_number(first) == "6") {
        mode = Mode::guess;
    }
    const std::string_view number = registration_number(first);
    for (const Registration& each : registrations)
        if (each.number == number) first_g1 = find_escape(each.escape)->code;
}

/// Appends `bytes` converted; each byte that cannot be becomes U+FFFD.
void CharacterSet::Parts::convert(std::string& out, const char* name, std::string bytes) {
    const iconv_t with = converter(name);
    if (with == iconv_t(-1)) {
        out += replacement_character;
        return;
    }
    iconv(with, nullptr, nullptr, nullptr, nullptr);
    char* from = bytes.data();
    std::size_t left = bytes.size();
    while (left > 0) {
        std::array<char, 512> into;
        char* to = into.data();
        std::size_t room = into.size();
        const bool is_stuck = iconv(with, &from, &left, &to, &room) == std::size_t(-1) && errno != E2BIG;
        out.append(into.data(), into.size() - room);
        if (!is_stuck || left == 0) continue;
        out += replacement_character;
        ++from;
        --left;
    }
}

/// Appends the character that `bytes` begins with, from G0; returns its length.
std::size_t CharacterSet::Parts::decode_low(std::string& out, std::string_view bytes) {
    const auto byte = static_cast<unsigned char>(bytes[0]);
    const bool is_control = byte <= 0x20;
    if (is_control || g0.kind == Kind::ascii || bytes.size() < 2) {
        out += bytes[0];
        return 1;
    }
    std::string pair;
    if (g0.kind == Kind::two_bytes_low_supplement) pair += '\x8F';
    pair += static_cast<char>(byte | 0x80);
    pair += static_cast<char>(bytes[1] | 0x80);
    convert(out, g0.iconv_name, pair);
    return 2;
}

/// The same from G1.
std::size_t CharacterSet::Parts::decode_high(std::string& out, std::string_view bytes) {
    const auto byte = static_cast<unsigned char>(bytes[0]);
    switch (g1.kind) {
        case Kind::latin_1:
            append_code_point(out, byte);
            return 1;
        case Kind::katakana:
            if (byte >= 0xA1 && byte <= 0xDF)
                append_code_point(out, 0xFF61u + byte - 0xA1u);
            else
                out += replacement_character;
            return 1;
        case Kind::single:
            convert(out, g1.iconv_name, std::string(1, bytes[0]));
            return 1;
        case Kind::two_bytes:
            if (bytes.size() < 2) break;
            convert(out, g1.iconv_name, std::string(bytes.substr(0, 2)));
            return 2;
        case Kind::ascii:
        case Kind::two_bytes_low:
        case Kind::two_bytes_low_supplement:
            break;
    }
    out += replacement_character;
    return 1;
}

std::string CharacterSet::Parts::decode_2022(std::string_view bytes, bool is_person_name) {
    constexpr char esc = '\x1B';
    std::string out;
    reset();
    while (!bytes.empty()) {
        const char c = bytes[0];
        std::size_t used = 1;
        if (c == esc) {
            const Escape* escape = find_escape(bytes.substr(1));
            if (escape != nullptr) {
                (escape->is_g1 ? g1 : g0) = escape->code;
                used += escape->sequence.size();
            }
        } else if (static_cast<unsigned char>(c) >= 0x80) {
            used = decode_high(out, bytes);
        } else {
            const bool ends = g0.kind == Kind::ascii && (c == '\\' || (is_person_name && (c == '^' || c == '=')));
            used = decode_low(out, bytes);
            if (ends || c == '\r' || c == '\n' || c == '\f' || c == '\t') reset();
        }
        bytes.remove_prefix(used);
    }
    return out;
}

CharacterSet::CharacterSet(std::span<const std::string> defined_terms) : parts_(std::make_unique<Parts>()) {
    parts_->choose(defined_terms);
}
CharacterSet::~CharacterSet() = default;
CharacterSet::CharacterSet(CharacterSet&&) noexcept = default;

std::string CharacterSet::to_utf8(std::string_view bytes, bool is_person_name) {
    const bool is_plain = std::all_of(bytes.begin(), bytes.end(), [](char c) { return c >= ' ' && c < '\x7F'; });
    if (is_plain) return std::string(bytes);
    switch (parts_->mode) {
        case Parts::Mode::utf_8:
            return valid_utf8(bytes);
        case Parts::Mode::by_iconv: {
            std::string out;
            parts_->convert(out, parts_->whole, std::string(bytes));
            return out;
        }
        case Parts::Mode::guess:
            if (is_valid_utf8(bytes)) return std::string(bytes);
            break;
        case Parts::Mode::iso_2022:
            break;
    }
    return parts_->decode_2022(bytes, is_person_name);
}

}  // namespace broker::dicom
