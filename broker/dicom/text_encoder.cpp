#include "broker/dicom/text_encoder.h"

#include <iconv.h>

#include <map>

#include "broker/dicom/character_set.h"
#include "broker/dicom/code_extensions.h"
#include "broker/dicom/utf8.h"

namespace broker::dicom {

using Kind = Code::Kind;

namespace {

constexpr char esc = '\x1B';

bool is_same(const Code& a, const Code& b) {
    return a.kind == b.kind && std::string_view(a.iconv_name ? a.iconv_name : "") == (b.iconv_name ? b.iconv_name : "");
}

/// The escape sequences that the terms declare, in their order.
std::vector<const Escape*> declared_by(std::span<const std::string> terms) {
    std::vector<const Escape*> declared;
    for (const std::string& term : terms) {
        const std::string tidy = tidied(term);
        const std::string_view number = registration_number(tidy);
        if (number == "87") declared.push_back(find_escape("$B"));
        if (number == "159") declared.push_back(find_escape("$(D"));
        for (const Registration& each : registrations)
            if (each.number == number) declared.push_back(find_escape(each.escape));
    }
    return declared;
}

}  // namespace

struct TextEncoder::Parts {
    std::vector<std::string> terms;
    Encoding encoding;
    std::optional<Code> first_g1;  ///< of the first term; nothing: it has no G1 set of its own
    std::string_view first_g1_escape, first_g0_escape = "(B";
    std::vector<const Escape*> extensions;  ///< that may be changed to
    CharacterSet reader;
    std::map<std::string, iconv_t, std::less<>> converters;

    bool is_extended_g0 = false;  ///< something else than ASCII is in G0
    Code g0 = ascii;
    std::optional<Code> g1;

    explicit Parts(std::span<const std::string> all)
        : terms(all.begin(), all.end()), encoding(encoding_of(terms)), reader(terms) {
        if (encoding != Encoding::iso_2022) return;
        const auto first = declared_by(std::span(terms).first(1));
        if (!first.empty() && first.front()->is_g1) {
            first_g1 = first.front()->code;
            first_g1_escape = first.front()->sequence;
        }
        if (first_g1 && first_g1->kind == Kind::katakana) first_g0_escape = "(J";
        if (terms.size() > 1) extensions = declared_by(terms);
    }
    ~Parts() {
        for (auto& [name, converter] : converters)
            if (converter != iconv_t(-1)) iconv_close(converter);
    }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    std::string converted(const char* name, std::string character);
    std::string bytes_of(const Code& code, std::string_view character);
    bool append(std::string& out, std::string_view character);
    void go_back(std::string& out);
    std::optional<std::string> encode_2022(std::string_view text, bool is_person_name);
    std::optional<std::string> encode(std::string_view text, bool is_person_name);
};

/// One character in iconv's encoding; "" where that hasn't got it.
std::string TextEncoder::Parts::converted(const char* name, std::string character) {
    auto found = converters.find(name);
    if (found == converters.end()) found = converters.emplace(name, iconv_open(name, "UTF-8")).first;
    if (found->second == iconv_t(-1)) return "";
    iconv(found->second, nullptr, nullptr, nullptr, nullptr);
    char out[8];
    char *from = character.data(), *to = out;
    std::size_t left = character.size(), room = sizeof out;
    // Anything but 0 is an error, or a character that was only replaced by a similar one.
    if (iconv(found->second, &from, &left, &to, &room) != 0 || left != 0) return "";
    return {out, sizeof out - room};
}

/// The bytes of one character in this set, "" where it is not in there.
std::string TextEncoder::Parts::bytes_of(const Code& code, std::string_view character) {
    const std::uint32_t point = code_point_of(character);
    const auto is_high = [](const std::string& bytes, std::size_t at) {
        return static_cast<unsigned char>(bytes[at]) >= 0xA1;
    };
    switch (code.kind) {
        case Kind::ascii:
            return point < 0x80 ? std::string(character) : "";
        case Kind::latin_1:
            return point >= 0xA0 && point <= 0xFF ? std::string(1, static_cast<char>(point)) : "";
        case Kind::katakana:
            return point >= 0xFF61 && point <= 0xFF9F ? std::string(1, static_cast<char>(point - 0xFF61 + 0xA1)) : "";
        case Kind::single: {
            const std::string bytes = converted(code.iconv_name, std::string(character));
            return bytes.size() == 1 && static_cast<unsigned char>(bytes[0]) >= 0xA0 ? bytes : "";
        }
        case Kind::two_bytes: {
            const std::string bytes = converted(code.iconv_name, std::string(character));
            return bytes.size() == 2 && is_high(bytes, 0) && is_high(bytes, 1) ? bytes : "";
        }
        case Kind::two_bytes_low:
        case Kind::two_bytes_low_supplement: {
            std::string bytes = converted(code.iconv_name, std::string(character));
            const bool is_supplement = code.kind == Kind::two_bytes_low_supplement;
            if (is_supplement && bytes.starts_with('\x8F'))
                bytes.erase(0, 1);
            else if (is_supplement)
                return "";
            if (bytes.size() != 2 || !is_high(bytes, 0) || !is_high(bytes, 1)) return "";
            for (char& c : bytes) c = static_cast<char>(c & 0x7F);
            return bytes;
        }
    }
    return "";
}

/// Appends one character, behind an escape sequence where it needs one.
bool TextEncoder::Parts::append(std::string& out, std::string_view character) {
    if (character.size() == 1) {
        if (is_extended_g0) (out += esc) += first_g0_escape;
        is_extended_g0 = false;
        out += character;
        return true;
    }
    const auto append_in = [&](const Code& code) {
        const std::string bytes = bytes_of(code, character);
        out += bytes;
        return !bytes.empty();
    };
    if (is_extended_g0 && append_in(g0)) return true;
    if (g1 && append_in(*g1)) return true;
    for (const Escape* each : extensions) {
        const std::string bytes = bytes_of(each->code, character);
        if (bytes.empty()) continue;
        ((out += esc) += each->sequence) += bytes;
        if (each->is_g1) {
            g1 = each->code;
        } else {
            g0 = each->code;
            is_extended_g0 = true;
        }
        return true;
    }
    return false;
}

/// To what the first term says, where a value, a line or a component ends.
void TextEncoder::Parts::go_back(std::string& out) {
    if (is_extended_g0) (out += esc) += first_g0_escape;
    is_extended_g0 = false;
    if (first_g1 && g1 && !is_same(*g1, *first_g1)) (out += esc) += first_g1_escape;
    g1 = first_g1;
}

std::optional<std::string> TextEncoder::Parts::encode_2022(std::string_view text, bool is_person_name) {
    std::string out;
    is_extended_g0 = false;
    g1 = first_g1;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) return std::nullopt;
        const char c = text[0];
        const bool is_end =
            c == '\\' || c == '\r' || c == '\n' || c == '\f' || c == '\t' || (is_person_name && (c == '^' || c == '='));
        if (is_end) go_back(out);
        if (!append(out, text.substr(0, length))) return std::nullopt;
        text.remove_prefix(length);
    }
    go_back(out);
    return out;
}

std::optional<std::string> TextEncoder::Parts::encode(std::string_view text, bool is_person_name) {
    if (is_ascii(text)) return std::string(text);
    switch (encoding) {
        case Encoding::utf_8:
            return std::string(text);
        case Encoding::gb_18030: {
            std::string out;
            // A term of the older set promises no more than that has.
            const bool is_gbk = tidied(terms.front()) != "GB18030";
            while (!text.empty()) {
                const std::size_t length = utf8_length(text);
                if (length == 0) return std::nullopt;
                const std::string bytes = converted(is_gbk ? "GBK" : "GB18030", std::string(text.substr(0, length)));
                if (bytes.empty()) return std::nullopt;
                out += bytes;
                text.remove_prefix(length);
            }
            return out;
        }
        case Encoding::iso_2022:
            return encode_2022(text, is_person_name);
        case Encoding::unknown:
            break;
    }
    return std::nullopt;
}

TextEncoder::TextEncoder(std::span<const std::string> defined_terms) : parts_(std::make_unique<Parts>(defined_terms)) {}
TextEncoder::~TextEncoder() = default;
TextEncoder::TextEncoder(TextEncoder&&) noexcept = default;

std::optional<std::string> TextEncoder::encode(std::string_view text, bool is_person_name) {
    auto encoded = parts_->encode(text, is_person_name);
    if (encoded && parts_->reader.to_utf8(*encoded, is_person_name) != text) return std::nullopt;
    return encoded;
}

}  // namespace broker::dicom
